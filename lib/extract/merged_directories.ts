import type { Entry } from "../model/entry.ts";
import { modeAlone } from "./acl_attributes.ts";
import type { AttributeBatch } from "./attribute_batch.ts";
import { setAttributes } from "./attributes.ts";
import { Directories } from "./directories.ts";
import { plainLayout } from "./layout.ts";
import { setAttributesOf } from "./setfattr.ts";
import type { StagedFiles } from "./staged_files.ts";
import { isLostAlone } from "./system.ts";

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
    setAttributes(this.#files.callsAt(place), entry, this.#files.losses);
    this.#attributes.add(place, entry);
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
