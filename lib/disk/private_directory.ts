import { isGranted } from "./granted.ts";
import { exposure } from "./trust.ts";

/**
 * Creates a directory that only its owner can enter, if it is missing.
 *
 * @returns Whether it can be used: the sandbox allows to write there, and no other user can.
 */
export function preparePrivateDirectory(path: string): boolean {
  if (!isGranted({ name: "write", path }) || !isGranted({ name: "read", path })) return false;
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
    return Deno.lstatSync(path).isDirectory && exposure(path) === undefined;
  } catch {
    return false;
  }
}
