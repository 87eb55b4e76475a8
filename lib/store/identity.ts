/** Location of a bucket, from which its identity is computed. */
export interface BucketPlace {
  readonly bucket: string;
  readonly region: string;
  /** URL of the server; undefined for Amazon's own servers. */
  readonly endpoint?: string | undefined;
  /** Directory in the bucket, without a slash at its ends. */
  readonly prefix?: string | undefined;
  /** Random id that `provision` gives a bucket that it creates; undefined if it has none. */
  readonly vault?: string | undefined;
}

/** Returns the identity of a bucket. Different spellings of the same server give the same identity. */
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

/**
 * Returns one spelling of a server; empty for Amazon's own, whichever of its names for the region is used.
 */
function serverOf(endpoint: string | undefined, region: string): string {
  if (endpoint === undefined) return "";
  // `URL` normalizes case, a default port, a slash at the end and the forms of an IP address.
  const { protocol, hostname, port } = new URL(endpoint);
  const host = hostname.replace(/\.$/, "");
  if (AMAZON.exec(host)?.[1] === region || host === "s3.amazonaws.com") return "";
  return `${protocol}//${host}${port === "" ? "" : `:${port}`}`;
}

/**
 * Names of Amazon's servers, including those for IPv6, FIPS and China: "Amazon Simple Storage Service
 * endpoints and quotas".
 */
const AMAZON = /^s3(?:-fips)?[.-](?:dualstack\.)?([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;
