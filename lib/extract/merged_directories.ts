import type { Entry } from "../model/entry.ts";
import { setAttributes } from "./attributes.ts";
import { Directories } from "./directories.ts";
import { plainLayout } from "./layout.ts";
import type { StagedFiles } from "./staged_files.ts";
import { isLostAlone } from "./system.ts";

/**
 * Directories of the target that existed, after everything was moved into them. They are those whose staged namesakes are
 * still in the stage: a rename takes away all others.
 */
export class MergedDirectories {
  readonly #files: StagedFiles;
  readonly #target: string;
  #inStage: Directories | undefined;
  #inTarget: Directories | undefined;

  /** @param target Absolute path of the target. */
  constructor(target: string, files: StagedFiles) {
    this.#target = target;
    this.#files = files;
  }

  /** Sets owner, mode and time of a directory, unless it was moved, or something else is in its place. */
  finish(entry: Entry): void {
    // What was known of the stage before the moves is not true any more.
    this.#inStage ??= new Directories(this.#files.layout);
    this.#inTarget ??= new Directories(plainLayout(this.#target));
    if (!has(this.#inStage, entry.path) || !has(this.#inTarget, entry.path)) return;
    const calls = this.#files.callsAt(`${this.#target}/${entry.path}`);
    setAttributes(calls, entry, this.#files.losses);
  }
}

/** Whether a directory exists, reached through directories only. */
function has(directories: Directories, path: string): boolean {
  try {
    return directories.has(path);
  } catch (error) {
    if (isLostAlone(error)) return false;
    throw error;
  }
}
