/**
 * Returns the text of a file; undefined if it does not exist.
 *
 * @throws {Error} the system's error if the file exists and cannot be read.
 */
export function textOf(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
