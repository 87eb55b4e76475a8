import { closeSync, readSync } from "node:fs";
import { attributesOnly, hasAttributes } from "../model/attributes.ts";
import type { Entry } from "../model/entry.ts";
import type { ReportTrouble } from "../model/trouble.ts";
import type { SourceEntry } from "./entry.ts";
import { BLOCK, type FileStat, isSameFile, statOfDescriptor, statOfPath } from "./file_stat.ts";
import { isBusy, words } from "./trouble.ts";

/** Open file, whose content has exactly the size in its entry. */
export interface Content {
  /** File as it was when it was opened: a plain entry of type `file`. */
  readonly entry: Entry;
  /** Bytes that the file uses on its disk: fewer than its size if it has holes. */
  readonly allocated: number;
  /**
   * Reads the next bytes into the beginning of `into` and returns their number: 0 only at the end of the size in the entry.
   */
  read(into: Uint8Array): number;
  /**
   * Closes the file. If it was read in several pieces, reports whether it changed in the meantime. A file that was read in
   * one piece has the content of that moment, a few microseconds after its size and time were read.
   */
  close(): void;
}

/** Maximum number of attempts of a read that is interrupted or finds a lock. */
const ATTEMPTS = 20;

/** Milliseconds between these attempts. */
const PAUSE = 50;

function insist(read: () => number): number {
  for (let attempt = 1;; attempt += 1) {
    try {
      return read();
    } catch (error) {
      if (attempt === ATTEMPTS || !isBusy(error)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
}

/** Content of a regular file, of which `stat` was found when it was opened. */
export class FileContent implements Content {
  readonly entry: Entry;
  readonly allocated: number;
  readonly #file: string;
  readonly #descriptor: number;
  readonly #stat: FileStat;
  readonly #report: ReportTrouble;
  #left: number;
  /** Number of reads. */
  #reads = 0;
  /** Whether zeros replace content that could not be read; reported once. */
  #padding = false;

  constructor(from: SourceEntry, descriptor: number, stat: FileStat, report: ReportTrouble) {
    this.entry = opened(from, stat);
    this.allocated = stat.blocks * BLOCK;
    this.#file = from.file;
    this.#descriptor = descriptor;
    this.#stat = stat;
    this.#report = report;
    this.#left = stat.size;
  }

  read(into: Uint8Array): number {
    const wanted = Math.min(into.length, this.#left);
    if (wanted === 0) return 0;
    const got = this.#padding ? 0 : this.#readSome(into, wanted);
    if (got === 0) into.fill(0, 0, wanted);
    this.#left -= got || wanted;
    return got || wanted;
  }

  #readSome(into: Uint8Array, wanted: number): number {
    try {
      this.#reads += 1;
      const got = insist(() => readSync(this.#descriptor, into, 0, wanted, null));
      if (got === 0) this.#pad("changed", "it shrank while it was read");
      return got;
    } catch (error) {
      this.#pad("unread", words(error));
      return 0;
    }
  }

  #pad(kind: "changed" | "unread", what: string): void {
    this.#padding = true;
    this.#report({
      kind,
      path: this.#file,
      reason: `${what}: the last ${this.#left} bytes are stored as zeros`,
    });
  }

  close(): void {
    try {
      if (this.#left === 0 && !this.#padding && this.#reads > 1) this.#compare();
    } finally {
      closeSync(this.#descriptor);
    }
  }

  #compare(): void {
    const before = this.#stat;
    const { size, mtime } = this.#now();
    if (size > before.size) this.#changed(`it grew while it was read: cut at ${before.size} bytes`);
    else if (size !== before.size || mtime !== before.mtime) this.#changed("it changed while it was read");
  }

  /**
   * Returns size and time of the file: by its name, which takes a quarter of the time, or by the descriptor if the name now
   * belongs to another file.
   */
  #now(): FileStat {
    try {
      const stat = statOfPath(this.#file);
      if (isSameFile(this.#stat, stat)) return stat;
    } catch {
      // the name is gone; the file is still open
    }
    return statOfDescriptor(this.#descriptor);
  }

  #changed(reason: string): void {
    this.#report({ kind: "changed", path: this.#file, reason });
  }
}

/** Returns the entry of an opened file. The names of the owners are kept only if the numbers are unchanged. */
function opened(from: SourceEntry, stat: FileStat): Entry {
  const mode = stat.mode & 0o7777;
  return {
    path: from.path,
    type: "file",
    size: stat.size,
    mode: from.statMode === undefined ? mode : mode & ~(from.statMode & ~from.mode),
    uid: stat.uid,
    gid: stat.gid,
    user: stat.uid === from.uid ? from.user : "",
    group: stat.gid === from.gid ? from.group : "",
    mtime: stat.mtime,
    ...(hasAttributes(from) && isSameFile(stat, from) ? attributesOnly(from) : {}),
    ...(isSparse(stat) ? { sparse: true } : {}),
  };
}

/**
 * Minimum size in bytes of files whose holes are reported: a restore creates holes for runs of zeros of this length.
 */
const LEAST_SPARSE = 64 * 1024;

function isSparse({ size, blocks }: FileStat): boolean {
  return size >= LEAST_SPARSE && blocks * BLOCK < size;
}
