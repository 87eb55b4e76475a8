import { type Entry, isMemberPath } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import type { AttributeBatch } from "./attribute_batch.ts";
import { setAttributes, setLinkAttributes } from "./attributes.ts";
import { copyFile } from "./copy.ts";
import { makeFifo } from "./fifo.ts";
import { countLoss } from "./losses.ts";
import { isTooLong, parentOf, shown } from "./path.ts";
import { pathTaken, type StagedFiles } from "./staged_files.ts";
import { isBecause, look } from "./system.ts";

/** Maximum length of a symlink's target in bytes: PATH_MAX of Linux without the terminating byte. */
const MAX_LINK_BYTES = 4095;

const encoder = new TextEncoder();

/** Creates the entries of a stage that are neither files nor directories. */
export class StagedLinks {
  readonly #files: StagedFiles;
  readonly #resumed: boolean;
  readonly #attributes: AttributeBatch;
  /** Copies of files that could not be linked to, by the path of the file and the stage of the copy. */
  readonly #copies = new Map<string, string>();

  /**
   * Creates links in a stage.
   *
   * @param resumed Whether an earlier restore may have created some of them.
   * @param attributes Receives the created entries.
   */
  constructor(files: StagedFiles, resumed: boolean, attributes: AttributeBatch) {
    this.#files = files;
    this.#resumed = resumed;
    this.#attributes = attributes;
  }

  /**
   * Creates a symlink. Its target is stored unchanged.
   *
   * @throws {Damage} if the path is not possible or taken.
   */
  symlink(entry: Entry): void {
    const { path, link = "" } = entry;
    if (link === "" || link.includes("\0") || encoder.encode(link).length > MAX_LINK_BYTES) {
      throw new Damage(`"${shown(path)}" is a symlink whose target is too long, empty or has a NUL`);
    }
    if (this.#resumed) this.#files.clear(entry);
    this.#files.make(entry, (place) => {
      Deno.symlinkSync(link, place);
      setLinkAttributes(place, entry, this.#files.losses);
      this.#attributes.add(place, entry);
    });
  }

  /**
   * Creates a hard link. Creates a copy if the file has the maximum number of links, if the file system has
   * no hard links, or if the file is on another file system. Further links to this file are then created to
   * the copy.
   *
   * @returns Whether it is a link.
   * @throws {Damage} if the path is not possible or taken, or if it is a link to anything but a staged file.
   */
  hardlink(entry: Entry): boolean {
    const { path, link = "" } = entry;
    const place = this.#files.placeOf(path);
    const key = `${place.slice(0, place.length - path.length)}\0${link}`;
    const target = this.#copies.get(key) ?? this.#linkTarget(entry, link);
    if (this.#resumed && path !== link) this.#files.clear(entry);
    try {
      this.#files.make(entry, (place) => Deno.linkSync(target, place));
      return true;
    } catch (error) {
      if (!isBecause(error, "EMLINK", "EXDEV", "EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP")) throw error;
      this.#copies.set(key, copyFile(target, this.#files, entry));
      return false;
    }
  }

  /**
   * Creates a fifo if possible. Device nodes are never restored: a program that writes to a device of a
   * host's choice writes to the hardware of this machine.
   *
   * @throws {Damage} if the path is not possible, or taken.
   */
  special(entry: Entry): void {
    const { losses } = this.#files;
    if (this.#resumed) this.#files.clear(entry);
    if (entry.type !== "fifo") return countLoss(losses, "devices", entry.path);
    const made = this.#files.make(entry, (place) => {
      if (!this.#makeFifo(place, entry)) return false;
      setAttributes(this.#files.callsAt(place), entry, losses);
      this.#attributes.add(place, entry);
      return true;
    });
    if (!made) countLoss(losses, "fifos", entry.path);
  }

  /** Returns the place of the staged file that a hard link points to. */
  #linkTarget({ path }: Entry, link: string): string {
    const target = this.#files.placeOf(link);
    const possible = isMemberPath(link) && !isTooLong(target) && this.#files.directories.has(parentOf(link));
    if (possible && look(target, link)?.isFile) return target;
    throw new Damage(
      `"${shown(path)}" is a hard link to "${shown(link)}", which is not a file of the backup`,
    );
  }

  #makeFifo(place: string, { path }: Entry): boolean {
    if (look(place, path) !== undefined) throw pathTaken(path);
    return makeFifo(place);
  }
}
