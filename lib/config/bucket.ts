const RESERVED_STARTS = ["xn--", "sthree-", "amzn-s3-demo-"];
const RESERVED_ENDS = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/**
 * Returns the fault of a bucket name, or undefined. The rules are Amazon's "General purpose bucket naming rules"; other
 * servers have the same or fewer rules.
 */
export function bucketFault(name: string): string | undefined {
  if (name.length < 3 || name.length > 63) return `must have 3 to 63 characters, has ${name.length}`;
  if (/[^a-z0-9.-]/.test(name)) return "must have only lower-case letters, digits, dots and hyphens";
  if (/^[.-]|[.-]$/.test(name)) return "must start and end with a letter or digit";
  if (name.includes("..")) return "must not have two dots in a row";
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return "must not look like an IP address";
  const reserved = RESERVED_STARTS.find((it) => name.startsWith(it)) ??
    RESERVED_ENDS.find((it) => name.endsWith(it));
  return reserved === undefined ? undefined : `is reserved by Amazon because of "${reserved}"`;
}
