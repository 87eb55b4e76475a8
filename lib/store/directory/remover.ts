import { dirname, join } from "node:path";
import { compareUtf8 } from "../../model/utf8_order.ts";
import type { StoreRemover } from "../contract.ts";
import { checkName } from "../name.ts";
import { refuseLinks, refusePlantedLink } from "./directory.ts";
import { syncDirectory } from "./durable_file.ts";
import { directoryError, errorCode } from "./errors.ts";

/** Age in milliseconds after which what a crash left in a directory is removed with it. */
const LEFTOVER_MS = 24 * 60 * 60 * 1000;

/** Removes objects of the store in the directory `root`, and the directories that they leave empty. */
export function directoryRemover(root: string): StoreRemover {
  return {
    place: root,
    async remove(names, { signal } = {}): Promise<void> {
      for (const name of names) checkName(name);
      const directories = new Set<string>();
      try {
        refusePlantedLink(root);
        for (const name of names) {
          signal?.throwIfAborted();
          const directory = dirname(name);
          if (await removeObject(root, name)) directories.add(directory);
        }
        for (const directory of directories) await settle(root, directory);
      } catch (error) {
        signal?.throwIfAborted();
        throw directoryError(error, root);
      }
    },
    close(): void {},
  };
}

/** Removes a plain file in plain directories, and nothing else. Returns whether its directory is there. */
async function removeObject(root: string, name: string): Promise<boolean> {
  try {
    await refuseLinks(root, dirname(name));
    const path = join(root, name);
    if ((await Deno.lstat(path)).isFile) await Deno.remove(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** Makes the removal durable. A directory that is empty then goes too, so that no list has to read it for ever. */
async function settle(root: string, directory: string): Promise<void> {
  const path = join(root, directory);
  await syncDirectory(path);
  if (directory === "." || !await isEmpty(path)) return;
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST", "ENOENT"].includes(errorCode(error))) throw error; // a backup put something there
  }
}

/** Removes old files of interrupted writers (see `createFile`). Returns whether nothing is left. */
async function isEmpty(path: string): Promise<boolean> {
  const entries = [...Deno.readDirSync(path)].sort((a, b) => compareUtf8(a.name, b.name));
  const isLeftover = ({ name, isFile }: Deno.DirEntry): boolean =>
    isFile && /^\.(incoming|claim)-[0-9a-f-]+$/.test(name);
  if (!entries.every(isLeftover)) return false;
  for (const { name } of entries) {
    const { mtime } = await Deno.lstat(join(path, name));
    if (mtime !== null && Date.now() - mtime.getTime() < LEFTOVER_MS) return false;
    await Deno.remove(join(path, name));
  }
  return true;
}
