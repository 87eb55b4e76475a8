/** What the identity of a bucket is made from. */
export interface BucketPlace {
  readonly bucket: string;
  readonly region: string;
  /** Undefined for Amazon's own servers. */
  readonly endpoint?: string | undefined;
  /** Without a slash at its ends. */
  readonly prefix?: string | undefined;
  /** Random id that `provision` gives a bucket that it creates; undefined where nothing did. */
  readonly vault?: string | undefined;
}

/** Returns the identity of a bucket. Spellings of the same server give the same one. */
export function bucketIdentity({ bucket, region, endpoint, prefix = "", vault }: BucketPlace): string {
  return JSON.stringify([
    "s3",
    serverOf(endpoint, region),
    region,
    bucket,
    prefix,
    vault?.toLowerCase() ?? "",
  ]);
}

/** Returns the identity of the directory store whose marker holds `id`. */
export function directoryIdentity(id: string): string {
  return JSON.stringify(["directory", id]);
}

/** A server in one spelling; empty for Amazon's own, whichever of its names for the region is used. */
function serverOf(endpoint: string | undefined, region: string): string {
  if (endpoint === undefined) return "";
  // Case, a default port, a slash at the end and the forms of an IP address are the same in a URL's `origin`.
  const { protocol, hostname, port } = new URL(endpoint);
  const host = hostname.replace(/\.$/, "");
  if (AMAZON.exec(host)?.[1] === region || host === "s3.amazonaws.com") return "";
  return `${protocol}//${host}${port === "" ? "" : `:${port}`}`;
}

/** "Amazon Simple Storage Service endpoints and quotas", also those by IPv6, of FIPS and of China. */
const AMAZON = /^s3(?:-fips)?[.-](?:dualstack\.)?([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;
