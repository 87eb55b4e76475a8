/**
 * Returns the text of a file; undefined where there is none.
 *
 * @throws the error of the system for anything but a missing file.
 */
export function textOf(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
