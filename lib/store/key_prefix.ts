/**
 * Returns the prefix of the keys in a directory of a bucket: empty, or the directory and a slash.
 *
 * @param prefix Directory without a slash at its ends; empty for the whole bucket.
 */
export function keyPrefix(prefix: string): string {
  return prefix === "" ? "" : `${prefix}/`;
}
