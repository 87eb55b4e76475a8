import { closeSync, constants, openSync } from "node:fs";
import type { Entry } from "../model/entry.ts";
import { modeAlone } from "./acl_attributes.ts";
import type { AttributeBatch } from "./attribute_batch.ts";
import { callsAt, callsOf, setAttributes, withoutModes } from "./attributes.ts";
import { Directories } from "./directories.ts";
import { plainLayout } from "./layout.ts";
import { setAttributesOf } from "./setfattr.ts";
import type { StagedFiles } from "./staged_files.ts";
import { attempt, isBecause, isLostAlone } from "./system.ts";

const { O_DIRECTORY, O_NOFOLLOW } = constants;

/**
 * Directories of the target that existed, after everything was moved into them. They are those whose staged namesakes are
 * still in the stage: a rename takes away all others.
 */
export class MergedDirectories {
  readonly #files: StagedFiles;
  readonly #target: string;
  readonly #attributes: AttributeBatch;
  #inStage: Directories | undefined;
  #inTarget: Directories | undefined;

  /**
   * @param target Absolute path of the target.
   * @param attributes sets their extended attributes.
   */
  constructor(target: string, files: StagedFiles, attributes: AttributeBatch) {
    this.#target = target;
    this.#files = files;
    this.#attributes = attributes;
  }

  /** Removes the ACLs that they have: by a new mode alone, the mask of an old one would be opened. */
  async removeAcls(entries: readonly Entry[]): Promise<void> {
    const merged = entries.filter(({ path }) => this.#isMerged(path));
    await setAttributesOf(merged.map(({ path, mode }) => modeAlone(`${this.#target}/${path}`, mode)));
  }

  /** Sets owner, mode and time of one, unless it was moved, or something else is in its place. */
  finish(entry: Entry): void {
    if (!this.#isMerged(entry.path)) return;
    const place = `${this.#target}/${entry.path}`;
    this.#set(place, entry);
    this.#attributes.add(place, entry);
  }

  /**
   * By a descriptor: the owner of the directory above cannot put another file in its place meanwhile. Another
   * user than root, who sets nothing that is not his, may have no right to open it.
   */
  #set(place: string, entry: Entry): void {
    const { losses, keepsModes } = this.#files;
    const directory = openDirectory(place);
    try {
      const calls = directory === undefined ? callsAt(place) : callsOf(directory, place);
      setAttributes(keepsModes ? calls : withoutModes(calls), entry, losses);
    } finally {
      if (directory !== undefined) closeSync(directory);
    }
  }

  #isMerged(path: string): boolean {
    // What was known of the stage before the moves is not true any more.
    this.#inStage ??= new Directories(this.#files.layout);
    this.#inTarget ??= new Directories(plainLayout(this.#target));
    return has(this.#inStage, path) && has(this.#inTarget, path);
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

function openDirectory(place: string): number | undefined {
  try {
    return attempt("open a directory", () => openSync(place, O_DIRECTORY | O_NOFOLLOW));
  } catch (error) {
    if (Deno.uid() !== 0 && isBecause(error, "EACCES")) return undefined;
    throw error;
  }
}
