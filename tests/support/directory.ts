/** Runs `body` with a new directory, which is removed afterwards, whatever modes were set in it. */
export async function withDirectory<T>(body: (directory: string) => T | Promise<T>): Promise<T> {
  const directory = await Deno.makeTempDir({ prefix: "nightdrop-test-" });
  try {
    return await body(directory);
  } finally {
    removeAll(directory);
  }
}

/** Removes a directory with its content, whatever modes were set. */
export function removeAll(directory: string): void {
  try {
    Deno.removeSync(directory, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    openAll(directory);
    Deno.removeSync(directory, { recursive: true });
  }
}

/** Makes all directories below one accessible. */
function openAll(directory: string): void {
  Deno.chmodSync(directory, 0o700);
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    if (isDirectory) openAll(`${directory}/${name}`);
  }
}
