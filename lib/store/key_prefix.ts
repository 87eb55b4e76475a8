/**
 * What the keys in a directory of a bucket begin with: nothing, or the directory and a slash.
 *
 * @param prefix Without a slash at its ends; empty for the whole bucket.
 */
export function keyPrefix(prefix: string): string {
  return prefix === "" ? "" : `${prefix}/`;
}
