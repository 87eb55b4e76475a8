import { sizeInArchive } from "../archive/header.ts";
import { attributed } from "./attributed.ts";
import { AttributeReader } from "./attribute_reader.ts";
import { Batcher, blocks, volumeBytes } from "./batches.ts";
import { Confirmed } from "./confirmed.ts";
import type { Dump, Host } from "../config/types.ts";
import { dropDump } from "./dumps.ts";
import type { Run } from "../app/events.ts";
import { inOrder } from "../workers/in_order.ts";
import { encodeIndexLine } from "../model/index.ts";
import { indexHeader } from "../model/index_header.ts";
import { indexPartName, objectKey, volumePartName } from "../model/name.ts";
import { LinkTargets } from "./link_targets.ts";
import { membersOf, type SourceMember } from "./members.ts";
import { sourceBuffersOf, type SourcePack } from "./source_pack.ts";
import { releaseAll } from "../buffers/release.ts";
import { PartBuffers } from "./part_buffers.ts";
import { ReceiptRoom } from "./receipt_capacity.ts";
import { partsAtOnce } from "./memory_estimate.ts";
import type { PartRecord, Receipt, SealedRecord, VolumeRecord } from "../model/receipt.ts";
import type { Trouble } from "../model/trouble.ts";
import { compressor } from "../seal/compress.ts";
import type { RecipientKey } from "../seal/recipient_key.ts";
import { sealCompressed } from "../seal/seal.ts";
import { newSessionKey } from "../seal/session_key.ts";
import { directoriesAbove } from "../source/above.ts";
import type { SourceEntry } from "../source/walk.ts";
import { jobsOf, type Workers, workers } from "../workers/pool.ts";
import type { Uploads, Waiting } from "./uploads.ts";
import { VolumeInProgress } from "./volume_in_progress.ts";
import {
  MAKE_VOLUME,
  type NoteNews,
  type ProgressNews,
  type TroubleNews,
  type VolumeMade,
  type VolumeOrder,
} from "./volume.ts";

/** What goes into a snapshot, and who wants to know what became of it. */
export interface Sending {
  /** What to archive, in the order of a walk. Pulled once and lazily. No path comes twice. */
  readonly entries: Iterable<SourceEntry | undefined>;
  /** Whether an entry was given only for its attributes, and need not be sent now that they have been read. */
  isUnchanged?(entry: SourceEntry): boolean;
  /** Told of each volume when the store has confirmed all its parts; in no order. */
  stored(volume: SentVolume): void;
  /** Lines that follow those of the `own` volumes in the index. Asked once, when every one of them is stored. */
  rest(own: number): Iterable<string>;
}

/** A volume of which the store has confirmed all parts. */
export interface SentVolume {
  readonly number: number;
  /** How many members it has. */
  readonly entries: number;
  /** What is in it, in order. Each is taken once. */
  readonly members: Iterable<SourceMember>;
  /** Bytes of the archive. */
  readonly plain: number;
  readonly parts: readonly PartRecord[];
  /** Lines of the index for its members, compressed. */
  readonly lines: Uint8Array;
  /** When the store took the first of its parts, by its own clock; undefined where it did not always say. */
  readonly taken: Date | undefined;
}

/** What was written of a snapshot; its index may list more than its own entries. */
export interface Written extends Pick<Receipt, "sent" | "unread" | "volumes"> {
  readonly index: SealedRecord;
  /** What of `sent` is dumps. */
  readonly dumped: Receipt["sent"];
}

/**
 * The volumes and the index of one snapshot in the making. What was stored is kept here only as records for the
 * receipt; without the receipt it is debris that expires.
 */
export class SnapshotWriter {
  readonly #host: Host;
  readonly #id: string;
  readonly #recipients: readonly RecipientKey[];
  readonly #uploads: Uploads;
  readonly #run: Run;
  readonly #jobs: number;
  readonly #buffers: PartBuffers;
  readonly #volumes: VolumeRecord[] = [];
  readonly #room: ReceiptRoom;
  readonly #dumped = { entries: 0, bytes: 0 };
  #entries = 0;
  #content = 0;
  #unread = 0;
  #indexBytes = 0;
  /** Entries and bytes of archive that were made so far, also in volumes that are not whole yet, or need not be. */
  #madeEntries = 0;
  #madeBytes = 0;
  #kept = 0;

  constructor(host: Host, id: string, recipients: readonly RecipientKey[], uploads: Uploads, run: Run) {
    this.#host = host;
    this.#id = id;
    this.#recipients = recipients;
    this.#uploads = uploads;
    this.#run = run;
    this.#jobs = jobsOf(host);
    this.#room = new ReceiptRoom(host);
    this.#buffers = new PartBuffers(host.partSize, partsAtOnce(this.#jobs));
  }

  /** Drops everything but the receipt and gives what the receipt has to say of it. */
  async write(sending: Sending): Promise<Written> {
    using makers = workers(this.#jobs);
    const parts = await this.#dropIndex(this.#indexFrames(sending, makers));
    await this.#uploads.settle();
    return {
      sent: { entries: this.#entries, bytes: this.#content },
      dumped: this.#dumped,
      unread: this.#unread,
      volumes: this.#volumes,
      index: { entries: this.#entries, plain: this.#indexBytes, parts },
    };
  }

  /** Counts what need not be sent, for those who watch. */
  keep(entry: SourceEntry): void {
    this.#madeEntries += 1;
    this.#madeBytes += sizeInArchive(entry);
    if (++this.#kept % KEPT_AT_A_TIME === 0) this.#progress();
  }

  /** Tells of trouble on the way, and counts what is not in the snapshot. */
  readonly report = (trouble: Trouble): void => {
    if (trouble.kind === "unread") this.#unread += 1;
    this.#run.report({ event: "trouble", ...trouble });
  };

  /**
   * The index, compressed: a piece for its header and one for each volume, which the volumes leave behind. Pulling it
   * has them made: the dumps first, one after the other, then the archives.
   */
  async *#indexFrames(sending: Sending, makers: Workers): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    yield this.#frame(indexHeader(this.#host.name, this.#id, directoriesAbove(this.#host.selection.paths)));
    for (const dump of this.#host.dumps) {
      const line = await this.#dump(dump);
      if (line !== undefined) yield this.#frame(line);
    }
    const links = new LinkTargets(this.report);
    const make = ([number, batch]: [number, SourcePack]): Promise<VolumeMade> =>
      links.make(batch, (entries) => this.#volume(number, entries, makers, sending, links));
    for await (const made of inOrder(this.#batches(sending), makers.wanted, make)) {
      this.#take(made);
      if (made.lines.length > 0) yield made.lines;
    }
    await this.#uploads.settle();
    for (const text of blocks(sending.rest(this.#volumes.length))) yield this.#frame(text);
  }

  /** What goes into each volume, with its number. */
  async *#batches(sending: Sending): AsyncGenerator<[number: number, batch: SourcePack]> {
    const batcher = new Batcher(volumeBytes(this.#host.partSize));
    const attributes = new AttributeReader({ wanted: this.#host.attributes }, this.report, this.#run);
    let number = this.#volumes.length + 1;
    for await (const piece of attributed(sending.entries, attributes, this.#run.signal)) {
      for (const entry of piece) {
        if (sending.isUnchanged?.(entry)) this.keep(entry);
        else for (const batch of batcher.add(entry)) yield [number++, batch];
      }
    }
    for (const batch of batcher.end()) yield [number++, batch];
  }

  #frame(text: string): Uint8Array<ArrayBuffer> {
    const bytes = new TextEncoder().encode(text);
    this.#indexBytes += bytes.length;
    return compressor(this.#host.compression)(bytes);
  }

  /** Runs a dump into a volume of its own, and gives its line of the index if it went well. */
  async #dump(dump: Dump): Promise<string | undefined> {
    const number = this.#volumes.length + 1;
    const { volume, entry } = await dropDump(dump, {
      number,
      session: await newSessionKey(this.#recipients),
      host: this.#host,
      run: this.#run,
      buffers: this.#buffers,
      put: (name, bytes) => this.#putPart(name, bytes),
      report: this.report,
    });
    if (volume !== undefined) this.#keepRecord(volume);
    if (entry === undefined) return undefined;
    this.#dumped.entries += 1;
    this.#dumped.bytes += entry.size;
    this.#entries += 1;
    this.#content += entry.size;
    return encodeIndexLine(number, entry);
  }

  /** Has one volume made, and drops its parts. */
  async #volume(
    number: number,
    entries: SourcePack,
    makers: Workers,
    sending: Sending,
    links: LinkTargets,
  ): Promise<VolumeMade> {
    const { compression, partSize } = this.#host;
    const session = await newSessionKey(this.#recipients);
    const order: VolumeOrder = { number, entries, session, compression, partSize };
    const parts = new VolumeInProgress(entries, {
      buffer: () => this.#buffers.take(),
      put: ({ part, sha256, bytes }) => {
        const name = volumePartName(number, part, sha256, compression.kind);
        return this.#putPart(name, bytes, (taken) => confirmed.part(taken));
      },
      hear: (news) => this.#hear(news),
    });
    const confirmed = new Confirmed((made, taken) => {
      const members = membersOf(parts.entries, made);
      sending.stored({ ...this.#record(made), members, lines: made.lines, taken });
      releaseAll(sourceBuffersOf(parts.entries));
    });
    const made = await makers.run(MAKE_VOLUME, order, parts, sourceBuffersOf(entries));
    await parts.dropped();
    links.made(parts.entries, made);
    confirmed.made(made);
    return made;
  }

  #hear(news: TroubleNews | NoteNews | ProgressNews): void {
    if (news.kind === "trouble") return this.report(news.trouble);
    if (news.kind === "note") return this.#run.report({ event: "note", text: news.text });
    this.#run.signal.throwIfAborted();
    this.#madeEntries += news.entries;
    this.#madeBytes += news.bytes;
    this.#progress();
  }

  #progress(): void {
    this.#run.report({ event: "progress", entries: this.#madeEntries, bytes: this.#madeBytes });
  }

  #take(made: VolumeMade): void {
    this.#keepRecord(this.#record(made));
    this.#entries += made.entries;
    this.#content += made.bytes;
    this.#indexBytes += made.linesPlain;
  }

  #keepRecord(volume: VolumeRecord): void {
    this.#room.take(volume.parts.length);
    this.#volumes.push(volume);
  }

  #record({ number, entries, plain, parts }: VolumeMade): VolumeRecord {
    const { kind } = this.#host.compression;
    const records = parts.map(({ size, sha256 }, part): PartRecord => ({
      name: volumePartName(number, part, sha256, kind),
      size,
      sha256,
    }));
    return { number, entries, plain, parts: records };
  }

  async #dropIndex(frames: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<PartRecord[]> {
    const { compression } = this.#host;
    const partSize = Math.min(this.#host.partSize, MAX_INDEX_PART);
    const session = await newSessionKey(this.#recipients);
    const records: PartRecord[] = [];
    for await (const { bytes, sha256 } of sealCompressed(frames, { session, partSize })) {
      const name = indexPartName(records.length, sha256, compression.kind);
      records.push({ name, size: bytes.length, sha256 });
      await this.#put(name, bytes, { done: () => void bytes.buffer.transfer(0) });
    }
    return records;
  }

  /** Puts a part that lies in one of our buffers, and takes the buffer back. */
  #putPart(
    name: string,
    bytes: Uint8Array<ArrayBuffer>,
    stored: (taken: Date | undefined) => void = () => {},
  ): Promise<void> {
    return this.#put(name, bytes, { stored, done: () => this.#buffers.give(bytes.buffer) });
  }

  #put(
    name: string,
    bytes: Uint8Array<ArrayBuffer>,
    waiting?: Waiting,
  ): Promise<void> {
    return this.#uploads.put(objectKey(this.#host.name, this.#id, name), bytes, waiting);
  }
}

/** Bytes of a part of the index at most: it comes into being beside the volumes, and is one part more in memory. */
const MAX_INDEX_PART = 2 * 1024 * 1024;

/** Entries that need not be sent, between two words about it. */
const KEPT_AT_A_TIME = 1000;
