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
 * Directories that existed in the target, after everything was moved into them. Their staged counterparts are
 * still in the stage, because a rename moves all others.
 */
export class MergedDirectories {
  readonly #files: StagedFiles;
  readonly #target: string;
  readonly #attributes: AttributeBatch;
  #inStage: Directories | undefined;
  #inTarget: Directories | undefined;

  /**
   * Creates the collection.
   *
   * @param target Absolute path of the target.
   * @param attributes Sets the extended attributes of the directories.
   */
  constructor(target: string, files: StagedFiles, attributes: AttributeBatch) {
    this.#target = target;
    this.#files = files;
    this.#attributes = attributes;
  }

  /**
   * Removes the existing ACLs of the directories. A new mode alone would change the mask of an existing ACL,
   * and so grant its rights.
   */
  async removeAcls(entries: readonly Entry[]): Promise<void> {
    const merged = entries.filter(({ path }) => this.#isMerged(path));
    await setAttributesOf(merged.map(({ path, mode }) => modeAlone(`${this.#target}/${path}`, mode)));
  }

  /** Sets owner, mode and time of a directory, unless it was moved, or something else is in its place. */
  finish(entry: Entry): void {
    if (!this.#isMerged(entry.path)) return;
    const place = `${this.#target}/${entry.path}`;
    this.#set(place, entry);
    this.#attributes.add(place, entry);
  }

  /**
   * Sets the attributes by a descriptor, so that the owner of the parent directory cannot replace the
   * directory in the meantime. A user other than root may have no permission to open it, and changes only
   * what belongs to him.
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
    // Directories that were known before the moves may no longer be in the stage.
    this.#inStage ??= new Directories(this.#files.layout);
    this.#inTarget ??= new Directories(plainLayout(this.#target));
    return has(this.#inStage, path) && has(this.#inTarget, path);
  }
}

/** Whether a directory exists that is reached through directories only. */
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
