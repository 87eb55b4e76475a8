/** Minimum number of days that are billed for an object: "Storage classes" in the S3 user guide. */
export const MINIMUM_DAYS: Readonly<Record<string, number>> = {
  STANDARD: 0,
  STANDARD_IA: 30,
  GLACIER_IR: 90,
  GLACIER: 90,
  DEEP_ARCHIVE: 180,
};
