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

/** What a volume must hold, and what to make of it. */
export interface FilesOrder {
  readonly number: number;
  /** Its entries as the index lists them, in order. They are consumed. */
  readonly entries: Pack;
  /** Where to make files, and which files are wanted, marked by a 1; undefined where it is only to be checked. */
  readonly making: { readonly layout: Layout; readonly wanted: Uint8Array } | undefined;
}

/** Bytes of content between two reports. */
const WORTH_REPORTING = 1024 * 1024;

/** Compares entries with the index, and writes wanted files. Ten private fields: all are removed if the volume is bad. */
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
  /** The entry that is read. */
  #entry: Entry | undefined;
  /** SHA-256 of its content, if the index lists one and the content is wanted. */
  #digest: ContentDigest | undefined;
  /** Files that were begun so far. */
  #begun = 0;
  #unreported = 0;
  /** Entries so far. */
  count = 0;

  /** @param read called with the bytes of content that were read since the last call. */
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

  /** Accepts any content if the index lists nothing there that can be restored. */
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

  /** Removes the files again. */
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

  /** Loses the file where the target takes it not, and perhaps others. */
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
