import { attempt } from "./system.ts";

/**
 * Removes a directory of our own and everything below it, whatever the modes are. Links are removed, not
 * followed.
 */
export function removeTree(directory: string): void {
  try {
    Deno.removeSync(directory, { recursive: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    if (error instanceof Deno.errors.PermissionDenied) openUp(directory);
    attempt(`remove the directory "${directory}"`, () => Deno.removeSync(directory, { recursive: true }));
  }
}

/**
 * Gives the owner all rights in a directory of our own and in all directories below it, which are needed to
 * empty or fill them.
 */
export function openUp(top: string): void {
  const directories = [top];
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    const path = directory;
    attempt(`open the directory "${top}"`, () => Deno.chmodSync(path, 0o700));
    for (const { name, isDirectory } of Deno.readDirSync(path)) {
      if (isDirectory) directories.push(`${path}/${name}`);
    }
  }
}
