import { attempt, isBecause } from "./system.ts";

/**
 * Whether something is mounted on a directory: another file system, or a part of the same one (a bind mount),
 * which the device number does not show. It calls rename(2) with names that do not exist. The kernel compares
 * the mounts before it looks up the names (`do_renameat2` in fs/namei.c of Linux), so nothing is changed.
 *
 * @param above Parent directory.
 */
export function isMountPoint(directory: string, above: string): boolean {
  const name = `.nightdrop-${crypto.randomUUID()}`;
  try {
    attempt("rename", () => Deno.renameSync(`${above}/${name}`, `${directory}/${name}`));
    return false;
  } catch (error) {
    return isBecause(error, "EXDEV");
  }
}
