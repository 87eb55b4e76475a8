/** Days that are billed for an object at least: "Storage classes" in the S3 user guide. */
export const MINIMUM_DAYS: Readonly<Record<string, number>> = {
  STANDARD: 0,
  STANDARD_IA: 30,
  GLACIER_IR: 90,
  GLACIER: 90,
  DEEP_ARCHIVE: 180,
};
