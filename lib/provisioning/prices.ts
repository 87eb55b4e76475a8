/** What a storage class costs in a region. */
export interface Price {
  /** US dollars for a GiB in a month. */
  readonly gibMonth: number;
  /** US dollars for a thousand PUT requests. */
  readonly thousandPuts: number;
}

/** The day on which these prices were written down. They change: the source has the present ones. */
export const PRICES_OF = "2026-11-23";

/** Where they are from: list prices, the first tier, without tax. */
export const PRICES_FROM = "https://aws.amazon.com/s3/pricing/";

/** By region and storage class, as Amazon's API calls them. */
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

/** Classes whose objects must be brought back, for hours and at a price, before they can be read. */
export const ARCHIVED: readonly string[] = ["GLACIER", "DEEP_ARCHIVE"];
