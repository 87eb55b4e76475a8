import { removeTree } from "./remove.ts";
import { attempt, isBecause } from "./system.ts";

/**
 * Name, of which {@link ALIKE} lists variants that some file systems do not distinguish from it: FAT, exFAT,
 * NTFS, APFS, ext4 with casefold, CIFS, ZFS.
 */
const NAME = "A\u00e9\u00df";

/** Variants of {@link NAME}. */
const ALIKE = ["a\u00e9\u00df", "Ae\u0301\u00df", "A\u00e9ss", `${NAME}.`, `${NAME} `];

/**
 * Whether the file system of a directory treats different names as equal, or may do so: names that differ in
 * case, in the encoding of their accents, or in a dot or space at their end. Tests it with a directory that
 * is removed afterwards.
 */
export function foldsNames(directory: string): boolean {
  const made = `${directory}/${NAME}`;
  try {
    Deno.mkdirSync(made, { mode: 0o700 });
  } catch {
    return true; // some names cannot be created there
  }
  try {
    return ALIKE.some((name) => isThere(`${directory}/${name}`));
  } finally {
    Deno.removeSync(made);
  }
}

/** Whether the file system of a directory stores modes. Some accept every mode and ignore it. */
export function keepsModes(directory: string): boolean {
  const made = `${directory}/modes`;
  try {
    Deno.mkdirSync(made);
    Deno.chmodSync(made, 0o751);
    return (Deno.lstatSync(made).mode! & 0o777) === 0o751;
  } catch {
    return false;
  } finally {
    removeQuietly(made);
  }
}

/**
 * Whether the file system of a directory has no symbolic links, such as FAT and exFAT. False if nothing can
 * be created there.
 */
export function lacksSymlinks(directory: string): boolean {
  const made = `${directory}/.nightdrop-${crypto.randomUUID()}`;
  try {
    if (!Deno.lstatSync(directory).isDirectory) return false;
    Deno.mkdirSync(made, { mode: 0o700 });
  } catch {
    return false;
  }
  try {
    attempt("make a link", () => Deno.symlinkSync("nowhere", `${made}/link`));
    return false;
  } catch (error) {
    return isBecause(error, "EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP");
  } finally {
    removeTree(made);
  }
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // it does not exist
  }
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
