/** A name, and others that some file systems take for the same: FAT, exFAT, NTFS, APFS, ext4 with casefold, CIFS, ZFS. */
const NAME = "A\u00e9\u00df";
const ALIKE = ["a\u00e9\u00df", "Ae\u0301\u00df", "A\u00e9ss", `${NAME}.`, `${NAME} `];

/**
 * Whether the file system of a directory takes different names for one, or might: names that differ in case, in the form of
 * their accents, or in a dot or space at their end. It makes something in the directory for that, and removes it.
 */
export function foldsNames(directory: string): boolean {
  const made = `${directory}/${NAME}`;
  try {
    Deno.mkdirSync(made, { mode: 0o700 });
  } catch {
    return true; // not every name can be made there
  }
  try {
    return ALIKE.some((name) => isThere(`${directory}/${name}`));
  } finally {
    Deno.removeSync(made);
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
