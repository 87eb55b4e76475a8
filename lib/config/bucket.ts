const RESERVED_STARTS = ["xn--", "sthree-", "amzn-s3-demo-"];
const RESERVED_ENDS = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/**
 * What is wrong with the name of a bucket, or undefined. The rules are those of Amazon's manual, "General purpose
 * bucket naming rules"; other servers have the same or laxer ones.
 */
export function bucketFault(name: string): string | undefined {
  if (name.length < 3 || name.length > 63) return `${name.length} characters long and not 3 to 63`;
  if (/[^a-z0-9.-]/.test(name)) return "not only lower-case letters, digits, dots and hyphens";
  if (/^[.-]|[.-]$/.test(name)) return "not beginning and ending with a letter or digit";
  if (name.includes("..")) return "holding two dots side by side";
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return "like an IP address";
  const reserved = RESERVED_STARTS.find((it) => name.startsWith(it)) ??
    RESERVED_ENDS.find((it) => name.endsWith(it));
  return reserved === undefined ? undefined : `reserved by Amazon, as is every name with "${reserved}" there`;
}
