/** Returns the value of the header `x-amz-copy-source`: bucket, key and version, each URL-encoded. */
export function copySource(bucket: string, key: string, version?: string): string {
  const path = key.split("/").map(encodeURIComponent).join("/");
  return `${bucket}/${path}` + (version === undefined ? "" : `?versionId=${encodeURIComponent(version)}`);
}
