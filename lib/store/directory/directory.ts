import { dirname, join } from "node:path";
import { linkPlantedForRoot } from "../../disk/trust.ts";
import { printable } from "../../model/printable.ts";
import { Turn } from "../../model/turn.ts";
import { shellWord } from "../../model/shell.ts";
import {
  type ObjectReader,
  type StoredObject,
  StoreError,
  type StoreReader,
  type StoreWriter,
} from "../contract.ts";
import { directoryError, errorCode } from "./errors.ts";
import { directoriesIn, objectBytes, objectsWith } from "./files.ts";
import { readMarker, writeMarker } from "./marker.ts";
import { createFile, syncDirectory } from "./durable_file.ts";
import type { StoreMarker } from "../contract.ts";
import { checkName } from "../name.ts";
import type { Pacer } from "../pacer.ts";

/**
 * Opens a writer that stores objects as files below the directory `root`. `root` is created if its parent
 * exists.
 *
 * A new `root` is accessible only to its owner (mode 0700). Below it, directories have mode 0755 and files
 * 0444, reduced by the umask. So the mode of `root` alone controls access: with a usual umask, `chgrp` and
 * `chmod g+rx` on `root` let another user read, and no umask lets another user write.
 */
export function directoryWriter(root: string, pacer?: Pacer): StoreWriter {
  const durable = new Set<string>();
  return {
    place: root,
    // A store that was recognised is not created again below its mount point if its disk is removed during the run.
    identity: directoryMarker(root, () => durable.add(join(root))),
    async put(name, bytes, { signal } = {}): Promise<Date | undefined> {
      checkName(name);
      signal?.throwIfAborted();
      const path = join(root, name);
      try {
        await makeDirectories(dirname(path), join(root), durable);
        await refuseLinks(root, dirname(name));
        return await createFile(path, bytes, signal, pacer);
      } catch (error) {
        signal?.throwIfAborted();
        throw directoryError(error, root);
      }
    },
    close(): void {},
  };
}

/**
 * Returns the marker of the directory `root`, which is created if its parent exists.
 *
 * @param found Called when the marker exists.
 */
export function directoryMarker(root: string, found: () => void = () => {}): StoreMarker {
  const objects: ObjectReader = directoryReader(root);
  return {
    async read(): Promise<string | undefined> {
      refusePlantedLink(root);
      const identity = await readMarker(root);
      if (identity !== undefined) found();
      return identity;
    },
    async begin(replace): Promise<string> {
      refusePlantedLink(root);
      try {
        await makeDirectory(root, 0o700);
        const identity = await writeMarker(root, replace);
        found();
        return identity;
      } catch (error) {
        throw directoryError(error, root);
      }
    },
    objects,
  };
}

/**
 * Opens a reader of what a {@link directoryWriter} stored. The time of an object is the modification time of
 * its file.
 */
export function directoryReader(root: string): StoreReader {
  const turn = new Turn();
  const realRoot = checkedRoot(root);
  return {
    place: root,
    async *list(prefix, options = {}): AsyncGenerator<StoredObject> {
      try {
        for (const object of objectsWith(realRoot(), prefix, options)) {
          await turn.pauseIfOver(options.signal);
          yield object;
        }
      } catch (error) {
        options.signal?.throwIfAborted();
        throw directoryError(error, root);
      }
    },
    async *directories({ signal } = {}): AsyncGenerator<string> {
      signal?.throwIfAborted();
      try {
        yield* directoriesIn(realRoot());
      } catch (error) {
        throw directoryError(error, root);
      }
    },
    async get(name, options): Promise<Uint8Array<ArrayBuffer>> {
      checkName(name);
      options.signal?.throwIfAborted();
      try {
        await turn.pauseIfOver(options.signal);
        return await objectBytes(realRoot(), name, options);
      } catch (error) {
        options.signal?.throwIfAborted();
        throw directoryError(error, root);
      }
    },
    expiry: () => Promise.resolve(Infinity),
    close(): void {},
  };
}

/** Returns a function that checks the path of a store once, and returns its real path. */
function checkedRoot(root: string): () => string {
  let real: string | undefined;
  return () => {
    if (real === undefined) refusePlantedLink(root);
    return real ??= Deno.realPathSync(root);
  };
}

/** Creates `directory` and its parents up to `root`, once for each writer. */
async function makeDirectories(directory: string, root: string, durable: Set<string>): Promise<void> {
  if (durable.has(directory)) return;
  if (directory === root) {
    refusePlantedLink(root);
    await makeDirectory(root, 0o700);
  } else {
    await makeDirectories(dirname(directory), root, durable);
    await makeDirectory(directory, 0o755);
    if ((await Deno.lstat(directory)).isSymlink) throw linkInside(root);
    // Also if another writer created the directory: it may not have synced it yet.
    await syncDirectory(dirname(directory));
  }
  durable.add(directory);
}

/**
 * Refuses a store whose path leads root through a link of another user, who can change its destination.
 *
 * @throws {StoreError} if there is such a link.
 */
export function refusePlantedLink(root: string): void {
  const link = linkPlantedForRoot(root);
  if (link === undefined) return;
  throw new StoreError("setup", `${root}: another user made the link "${printable(link)}" on the way there`, {
    hint: `Set "store.path" to a path without it, or make it root's own: chown -h root ${shellWord(link)}`,
  });
}

/**
 * Refuses links between the root and a directory below it. A user who can write to the store could use them
 * to direct a writer that runs as root to another place. The check runs before each object. Deno has no
 * openat(2), so a link that is created between this check and the next call is followed.
 *
 * @throws {StoreError} if there is such a link.
 */
export async function refuseLinks(root: string, directory: string): Promise<void> {
  if (await Deno.realPath(join(root, directory)) === join(await Deno.realPath(root), directory)) return;
  throw linkInside(root);
}

function linkInside(root: string): StoreError {
  return new StoreError("setup", `${root}: a link stands where a directory should be`, {
    hint: `Find out who made it, and remove it: find ${shellWord(root)} -type l -ls`,
  });
}

async function makeDirectory(path: string, mode: number): Promise<void> {
  try {
    await Deno.mkdir(path, { mode });
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
}
