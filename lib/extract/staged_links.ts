import { type Entry, isMemberPath } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import { callsAt, setAttributes, setLinkAttributes } from "./attributes.ts";
import { copyFile } from "./copy.ts";
import { makeFifo } from "./fifo.ts";
import { isTooLong, parentOf, shown } from "./path.ts";
import { pathTaken, type StagedFiles } from "./staged_files.ts";
import { isBecause, look } from "./system.ts";

/** Symlinks of Linux hold at most PATH_MAX bytes, of which one ends them. */
const MAX_LINK_BYTES = 4095;

const encoder = new TextEncoder();

/** What of a stage is neither a file nor a directory. */
export class StagedLinks {
  readonly #files: StagedFiles;
  readonly #resumed: boolean;
  /** For files that have all the links that they can have: the copy that further ones are made to. */
  readonly #copies = new Map<string, string>();

  /** @param resumed Whether an earlier restore may have made some of them. */
  constructor(files: StagedFiles, resumed: boolean) {
    this.#files = files;
    this.#resumed = resumed;
  }

  /**
   * Makes a symlink, whose text is kept as it is.
   *
   * @throws {Damage} when the path is not possible or taken.
   */
  symlink(entry: Entry): void {
    const { path, link = "" } = entry;
    if (link === "" || link.includes("\0") || encoder.encode(link).length > MAX_LINK_BYTES) {
      throw new Damage(`"${shown(path)}" is a symlink to what no symlink can hold`);
    }
    if (this.#resumed) this.#files.clear(entry);
    this.#files.make(entry, (place) => Deno.symlinkSync(link, place));
    setLinkAttributes(`${this.#files.root}/${path}`, entry, this.#files.losses);
  }

  /**
   * Makes a hard link; where the file has as many as the file system takes, a copy, to which those after it are made.
   *
   * @returns Whether it is a link.
   * @throws {Damage} when the path is not possible or taken, or when it is a link to anything but a staged file.
   */
  hardlink(entry: Entry): boolean {
    const { path, link = "" } = entry;
    const target = this.#linkTarget(entry, this.#copies.get(link) ?? link);
    if (this.#resumed && path !== link) this.#files.clear(entry);
    try {
      this.#files.make(entry, (place) => Deno.linkSync(target, place));
      return true;
    } catch (error) {
      if (!isBecause(error, "EMLINK")) throw error;
      copyFile(target, this.#files, entry);
      this.#copies.set(link, path);
      return false;
    }
  }

  /**
   * Makes a fifo where that is possible. Devices are never made: whoever writes to a device of a host's choice
   * writes to this machine's hardware.
   *
   * @throws {Damage} when the path is not possible, or taken.
   */
  special(entry: Entry): void {
    if (this.#resumed) this.#files.clear(entry);
    if (entry.type !== "fifo") this.#files.losses.devices++;
    else if (this.#files.make(entry, (path) => this.#makeFifo(path, entry))) {
      setAttributes(callsAt(`${this.#files.root}/${entry.path}`), entry, this.#files.losses);
    } else this.#files.losses.fifos++;
  }

  /** The staged file that a hard link is another name of. */
  #linkTarget({ path }: Entry, link: string): string {
    const target = `${this.#files.root}/${link}`;
    const possible = isMemberPath(link) && !isTooLong(this.#files.root, link) &&
      this.#files.directories.has(parentOf(link));
    if (possible && look(target, link)?.isFile) return target;
    throw new Damage(`"${shown(path)}" is another name of "${shown(link)}", which is no file of the backup`);
  }

  #makeFifo(path: string, { path: name }: Entry): boolean {
    if (look(path, name) !== undefined) throw pathTaken(name);
    return makeFifo(path);
  }
}
