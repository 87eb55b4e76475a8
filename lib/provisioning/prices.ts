/** Price of a storage class in a region. */
export interface Price {
  /** US dollars per GiB and month. */
  readonly gibMonth: number;
  /** US dollars per thousand PUT requests. */
  readonly thousandPuts: number;
}

/** Date of these prices. The source has current ones. */
export const PRICES_OF = "2026-11-23";

/** Source of the prices: list prices of the first tier, without tax. */
export const PRICES_FROM = "https://aws.amazon.com/s3/pricing/";

/** Prices by region and storage class, as Amazon's API names them. */
export const PRICES: Readonly<Record<string, Readonly<Record<string, Price>>>> = {
  "us-east-1": {
    STANDARD: { gibMonth: 0.023, thousandPuts: 0.005 },
    STANDARD_IA: { gibMonth: 0.0125, thousandPuts: 0.01 },
    GLACIER_IR: { gibMonth: 0.004, thousandPuts: 0.02 },
    GLACIER: { gibMonth: 0.0036, thousandPuts: 0.03 },
    DEEP_ARCHIVE: { gibMonth: 0.00099, thousandPuts: 0.05 },
  },
  "eu-central-1": {
    STANDARD: { gibMonth: 0.0245, thousandPuts: 0.0054 },
    STANDARD_IA: { gibMonth: 0.0135, thousandPuts: 0.01 },
    GLACIER_IR: { gibMonth: 0.005, thousandPuts: 0.02 },
    GLACIER: { gibMonth: 0.00405, thousandPuts: 0.036 },
    DEEP_ARCHIVE: { gibMonth: 0.0018, thousandPuts: 0.06 },
  },
};

/** Classes whose objects must be restored from the archive before they can be read, which takes hours and is billed. */
export const ARCHIVED: readonly string[] = ["GLACIER", "DEEP_ARCHIVE"];
