import { closeSync, openSync } from "node:fs";
import { isTooLong } from "./path.ts";
import { removeFile } from "./system.ts";

/** Names of new files in a stage. */
const NAME = /^\.new-[0-9a-f]{16}$/;

/**
 * Number of directories of a path in the stage up to which a file is created in its place. On ext4, this takes 20 us
 * less than a link at one directory, and as long at eight; on tmpfs it takes as long at five.
 */
const MAX_DIRECTORIES = 7;

/**
 * Creates the files of a stage. One with a long path is created at the top of the stage, under a name that no
 * backup can guess, and then linked to its path. Before Deno opens a file in its sandbox, it looks at every
 * directory of the path, twice if the file does not exist; before it creates a link, it does not.
 *
 * Several threads can do this at the same time.
 */
export class NewFiles {
  readonly #stage: string;
  /** Path of each file until it is linked; undefined if the file system has no hard links. */
  #start: string | undefined;

  /**
   * Creates the object.
   *
   * @param stage Absolute path of the stage.
   */
  constructor(stage: string) {
    this.#stage = `${stage}/`;
    const start = `${stage}/.new-${crypto.getRandomValues(new Uint8Array(8)).toHex()}`;
    this.#start = isTooLong(start) ? undefined : start;
  }

  /**
   * Creates a file, readable by us alone.
   *
   * @param place Absolute path, also one in another stage.
   * @returns Descriptor for writing.
   * @throws The error of the system, such as `EEXIST` if the path exists.
   */
  make(place: string): number {
    const start = this.#start;
    if (start === undefined || !this.#isDeep(place)) return open(place);
    const file = open(start);
    try {
      Deno.linkSync(start, place);
      return file;
    } catch {
      closeSync(file); // the error is thrown again by the next attempt, unless it is only for links
    } finally {
      Deno.removeSync(start);
    }
    const direct = open(place);
    this.#start = undefined;
    return direct;
  }

  /** Whether a path in this stage has so many directories that a link takes less time. */
  #isDeep(place: string): boolean {
    if (!place.startsWith(this.#stage)) return false;
    let directories = -1;
    for (let at = this.#stage.length - 1; at !== -1; at = place.indexOf("/", at + 1)) directories += 1;
    return directories > MAX_DIRECTORIES;
  }
}

/** Creates a file. Opening with O_CREAT and O_EXCL never follows a symlink (open(2)). */
function open(place: string): number {
  return openSync(place, "wx", 0o600);
}

/**
 * Removes new files that a killed restore left. A restored file with such a name is removed, too, and
 * restored again.
 */
export function removeNewFiles(stage: string): void {
  for (const { name, isFile } of Deno.readDirSync(stage)) {
    if (isFile && NAME.test(name)) removeFile(`${stage}/${name}`, name);
  }
}
