/** Directories for restored trees. */
import { statfsSync } from "node:fs";
import type { Contender } from "./contender.ts";
import { bash, quoted } from "./shell.ts";
import type { Workshop } from "./workshop.ts";

/** What has to be free for another tree to be restored beside those before: bytes, and files. */
const ROOM = { bytes: 25e9, files: 3e6 };

/**
 * A restore into a new directory, by a script that is given the name of the directory.
 *
 * Each run has a directory of its own, and they stay while there is room: ext4 is slow to make files where many have just
 * been removed.
 */
export function into({ directory }: Workshop, name: string, script: (to: string) => string): Contender {
  const restored = `${directory}/restored`;
  return {
    name,
    prepare: async () => {
      await Deno.mkdir(restored, { recursive: true });
      if (!hasRoom(restored)) await bash(`rm -rf ${quoted(restored)}/*`);
    },
    script: `to=$(mktemp -d ${quoted(restored)}/XXXXXX)\n${script('"$to"')}`,
  };
}

/** Returns the free files. File systems without a limit report 0. */
function hasRoom(directory: string): boolean {
  const { bavail, bsize, files, ffree } = statfsSync(directory);
  return bavail * bsize > ROOM.bytes && (files === 0 || ffree > ROOM.files);
}
