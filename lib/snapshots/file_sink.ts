import type { ArchiveSink } from "../archive/read.ts";
import { AttributeBatch } from "../extract/attribute_batch.ts";
import { type Layout, stagedEntry } from "../extract/layout.ts";
import { type LostEntry, type MadeFiles, nothingMade, type RenamedEntry } from "../extract/lost.ts";
import { type StagedFile, WrongSize } from "../extract/staged_file.ts";
import { StagedFiles } from "../extract/staged_files.ts";
import { isLostAlone } from "../extract/system.ts";
import { type Entry, sameEntry } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import { NO_ENTRY, type Pack, unpacked } from "../model/pack.ts";
import { printable } from "../model/printable.ts";
import { ContentDigest } from "./content_digest.ts";

/** Expected content of a volume, and the files to create from it. */
export interface FilesOrder {
  readonly number: number;
  /** Entries of the volume as the index lists them, in order. They are consumed. */
  readonly entries: Pack;
  /**
   * Location of the files to create, and an array with a 1 for each wanted file; undefined if the volume is
   * only checked.
   */
  readonly making: { readonly layout: Layout; readonly wanted: Uint8Array } | undefined;
}

/** Number of bytes of content between two reports. */
const WORTH_REPORTING = 1024 * 1024;

/**
 * Compares entries with the index, and writes wanted files. Many fields because the files that were written are removed if
 * the volume is bad.
 */
export class FileSink implements ArchiveSink {
  readonly #order: FilesOrder;
  readonly #read: (bytes: number) => void;
  readonly #listed: Iterator<Entry>;
  readonly #files: StagedFiles | undefined;
  /** Extended attributes of the files. */
  readonly attributes: AttributeBatch | undefined;
  readonly #lost: LostEntry[] = [];
  readonly #renamed: RenamedEntry[] = [];
  #file: StagedFile | undefined;
  /** Current entry. */
  #entry: Entry | undefined;
  /** SHA-256 of its content, if the index lists one and the content is wanted. */
  #digest: ContentDigest | undefined;
  /** Number of files that were begun so far. */
  #begun = 0;
  #unreported = 0;
  /** Number of entries so far. */
  count = 0;

  /**
   * Creates the sink.
   *
   * @param read Called with the number of bytes of content that were read since the last call.
   */
  constructor(order: FilesOrder, read: (bytes: number) => void) {
    this.#order = order;
    this.#read = read;
    this.#listed = unpacked(order.entries);
    this.#files = order.making && new StagedFiles(order.making.layout);
    this.attributes = this.#files && new AttributeBatch(this.#files.losses);
  }

  get made(): MadeFiles {
    if (this.#files === undefined) return { ...nothingMade(), lost: this.#lost };
    return { losses: this.#files.losses, lost: this.#lost, renamed: this.#renamed };
  }

  /** Accepts any content if the index lists no restorable entry there. */
  bad(why: Damage): void {
    const line = this.#listed.next().value as Entry | undefined;
    if (line?.path !== NO_ENTRY.path) throw why;
    this.count += 1;
  }

  entry(entry: Entry): void {
    const line = this.#listed.next().value as Entry | undefined;
    const isListed = line !== undefined && (line.path === NO_ENTRY.path || sameEntry(line, entry));
    if (!isListed) {
      const { number } = this.#order;
      const what = `Volume ${number} holds "${printable(entry.path)}", which is not what the index says`;
      throw new Damage(what);
    }
    this.#entry = entry;
    const { making } = this.#order;
    if (making?.wanted[this.count] === 1) this.#begin(line.sparse ? { ...entry, sparse: true } : entry);
    const isRead = making === undefined || this.#file !== undefined;
    this.#digest = isRead && line.sha256 !== undefined ? new ContentDigest(line.sha256) : undefined;
    this.count += 1;
  }

  content(bytes: Uint8Array): void {
    this.#digest?.update(bytes);
    this.#orLose(() => this.#file?.write(bytes));
    this.#report(bytes.length);
  }

  end(): void {
    this.#orLose(() => this.#close());
    this.#file = undefined;
  }

  #close(): void {
    this.#digest?.check();
    if (this.#file === undefined) return;
    this.#file.close();
    this.attributes!.add(this.#file.place, this.#entry!);
  }

  /** Removes the files. */
  discard(): void {
    this.#file?.discard();
    const { entries, making } = this.#order;
    const lost = new Set(this.#lost.map(({ path }) => path));
    for (const entry of unpacked(entries, making?.wanted)) {
      if (this.#begun === 0) return;
      this.#begun -= 1;
      if (!lost.has(entry.path)) this.#files?.remove(stagedEntry(making!.layout, entry));
    }
  }

  #begin(entry: Entry): void {
    this.#begun += 1;
    const files = this.#files!;
    this.#orLose(() => {
      const staged = stagedEntry(files.layout, entry);
      this.#file = files.file(staged);
      const renamed = files.renamed.get(staged.path);
      if (renamed !== undefined) this.#renamed.push({ path: entry.path, staged: renamed });
    });
  }

  /** Runs `make`. If the target refuses only this file, it is lost. */
  #orLose(make: () => void): void {
    try {
      make();
    } catch (error) {
      if (!isLostAlone(error) || error instanceof WrongSize) throw error;
      this.#file?.discard();
      this.#file = this.#digest = undefined;
      const { path, size } = this.#entry!;
      this.#lost.push({ path, size, reason: error.message });
    }
  }

  #report(bytes: number): void {
    this.#unreported += bytes;
    if (this.#unreported < WORTH_REPORTING) return;
    this.#read(this.#unreported);
    this.#unreported = 0;
  }
}
