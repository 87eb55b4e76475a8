/**
 * What the keys in a folder of a bucket begin with: nothing, or the folder and a slash.
 *
 * @param prefix Without a slash at its ends; empty for the whole bucket.
 */
export function folderOf(prefix: string): string {
  return prefix === "" ? "" : `${prefix}/`;
}
