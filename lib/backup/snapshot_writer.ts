import { attributed } from "./attributed.ts";
import { AttributeReader } from "./attribute_reader.ts";
import { Batcher, blocks, volumeBytes } from "./batches.ts";
import { Confirmed } from "./confirmed.ts";
import type { Dump } from "../config/types.ts";
import type { FittedHost } from "./memory_profile.ts";
import { dropDump } from "./dumps.ts";
import type { Run } from "../app/events.ts";
import { helpersOf } from "./helpers.ts";
import { IndexWriter } from "./index_writer.ts";
import { inOrder } from "../workers/in_order.ts";
import { encodeIndexLine } from "../model/index.ts";
import { indexHeader } from "../model/index.ts";
import { volumePartName } from "../model/name.ts";
import { LinkTargets } from "./link_targets.ts";
import { membersOf, type SourceMember } from "./members.ts";
import { ProgressCounter } from "./progress_counter.ts";
import { SnapshotObjects } from "./snapshot_objects.ts";
import { SnapshotRecords } from "./snapshot_records.ts";
import { sourceBuffersOf, type SourcePack } from "./source_pack.ts";
import { releaseAll } from "../buffers/release.ts";
import type { PartRecord, Receipt, SealedRecord } from "../model/receipt.ts";
import type { Trouble } from "../model/trouble.ts";
import type { RecipientKey } from "../seal/recipient.ts";
import { newSessionKey } from "../seal/session_key.ts";
import { printablePath } from "../model/printable.ts";
import { directoriesAbove } from "../source/above.ts";
import type { SourceEntry } from "../source/walk.ts";
import { type Workers, workers } from "../workers/pool.ts";
import type { Uploads } from "./uploads.ts";
import { VolumeInProgress } from "./volume_in_progress.ts";
import {
  MAKE_VOLUME,
  type NoteNews,
  type ProgressNews,
  type TroubleNews,
  type VolumeMade,
  type VolumeOrder,
} from "./volume.ts";

/** Entries of a snapshot, and callbacks for their volumes. */
export interface Sending {
  /**
   * Entries to archive, in the order of a walk. Read once, lazily. No path occurs twice. Undefined is no
   * entry, but an opportunity to pause.
   */
  readonly entries: Iterable<SourceEntry | undefined>;
  /** Whether an entry was yielded only to have its attributes read, and need not be sent now that they have been. */
  isUnchanged?(entry: SourceEntry): boolean;
  /** Called with each volume when the store has confirmed all its parts; in any order. */
  stored(volume: SentVolume): void;
  /** Returns the index lines that follow those of the `own` volumes. Called once, when all of them are stored. */
  rest(own: number): Iterable<string>;
}

/** Volume whose parts are all confirmed by the store. */
export interface SentVolume {
  readonly number: number;
  /** Number of its members. */
  readonly entries: number;
  /** Members of the volume, in order. Each is read once. */
  readonly members: Iterable<SourceMember>;
  /** Size of the archive in bytes. */
  readonly plain: number;
  readonly parts: readonly PartRecord[];
  /** Index lines of its members, compressed. */
  readonly lines: Uint8Array;
  /**
   * Time at which the store received its first part, by the store's clock; undefined if the store did not
   * report one for each part.
   */
  readonly taken: Date | undefined;
}

/** Result of writing a snapshot. Its index may list more than its own entries. */
export interface Written extends Pick<Receipt, "sent" | "unread" | "volumes"> {
  readonly index: SealedRecord;
  /** Share of the dumps in `sent`. */
  readonly dumped: Receipt["sent"];
}

/**
 * Writes the volumes and the index of one snapshot into the store. It keeps only records for the receipt.
 * Without a receipt, the objects are no snapshot, and expire.
 */
export class SnapshotWriter {
  readonly #host: FittedHost;
  readonly #id: string;
  readonly #recipients: readonly RecipientKey[];
  readonly #run: Run;
  readonly #objects: SnapshotObjects;
  readonly #index: IndexWriter;
  readonly #records: SnapshotRecords;
  readonly #progress: ProgressCounter;
  #unread = 0;

  constructor(host: FittedHost, id: string, recipients: readonly RecipientKey[], uploads: Uploads, run: Run) {
    this.#host = host;
    this.#id = id;
    this.#recipients = recipients;
    this.#run = run;
    this.#objects = new SnapshotObjects(host, id, uploads);
    this.#index = new IndexWriter(host, recipients, this.#objects);
    this.#records = new SnapshotRecords(host);
    this.#progress = new ProgressCounter(run);
  }

  /** Stores everything but the receipt, and returns the records for it. */
  async write(sending: Sending): Promise<Written> {
    using makers = workers(this.#host.jobs);
    const parts = await this.#index.write(this.#indexFrames(sending, makers));
    await this.#objects.settle();
    const { sent, dumped, volumes } = this.#records;
    const index = { entries: sent.entries, plain: this.#index.plain, parts };
    return { sent, dumped, unread: this.#unread, volumes, index };
  }

  /** Counts an entry that need not be sent, for the progress. */
  keep(entry: SourceEntry): void {
    this.#progress.keep(entry);
  }

  /**
   * Reports an entry that is not stored as it was found, and counts entries that are missing in the snapshot.
   */
  readonly report = (trouble: Trouble): void => {
    if (trouble.kind === "unread") this.#unread += 1;
    this.#run.report({ event: "trouble", ...trouble });
  };

  /**
   * Yields the compressed index: a frame for its header and one for each volume. Reading it creates the
   * volumes: first the dumps, one after the other, then the archives.
   */
  async *#indexFrames(sending: Sending, makers: Workers): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { found, hidden } = directoriesAbove(this.#host.selection.paths);
    if (hidden.length > 0) this.#run.report({ event: "note", text: hiddenAbove(hidden) });
    yield this.#index.frame(indexHeader(this.#host.name, this.#id, found));
    for (const dump of this.#host.dumps) {
      const line = await this.#dump(dump, makers);
      if (line !== undefined) yield this.#index.frame(line);
    }
    const links = new LinkTargets(this.report);
    const make = ([number, batch]: [number, SourcePack]): Promise<VolumeMade> =>
      links.make(batch, (entries) => this.#volume(number, entries, makers, sending, links));
    for await (const made of inOrder(this.#batches(sending), makers.wanted, make)) {
      this.#records.addVolume(made);
      this.#index.add(made.linesPlain);
      if (made.lines.length > 0) yield made.lines;
    }
    await this.#objects.settle();
    for (const text of blocks(sending.rest(this.#records.volumes.length))) yield this.#index.frame(text);
  }

  /** Yields the entries of each volume, with its number. */
  async *#batches(sending: Sending): AsyncGenerator<[number: number, batch: SourcePack]> {
    const batcher = new Batcher(volumeBytes(this.#host.partSize));
    const attributes = new AttributeReader({ wanted: this.#host.attributes }, this.report, this.#run);
    let number = this.#records.volumes.length + 1;
    for await (const piece of attributed(sending.entries, attributes, this.#run.signal)) {
      for (const entry of piece) {
        const isKept = sending.isUnchanged?.(entry) ?? false;
        if (isKept) this.keep(entry);
        const full = isKept ? undefined : batcher.add(entry);
        if (full !== undefined) yield [number++, full];
      }
    }
    const last = batcher.end();
    if (last !== undefined) yield [number++, last];
  }

  /** Runs a dump into a volume of its own, and returns its index line; undefined if the dump failed. */
  async #dump(dump: Dump, makers: Workers): Promise<string | undefined> {
    const number = this.#records.volumes.length + 1;
    const { volume, entry } = await dropDump(dump, {
      number,
      session: await newSessionKey(this.#recipients),
      host: this.#host,
      run: this.#run,
      buffers: this.#objects.buffers,
      helpers: helpersOf(makers, this.#host.compression),
      put: (name, part) => this.#objects.putPart(name, part),
      report: this.report,
    });
    if (volume !== undefined) this.#records.add(volume);
    if (entry === undefined) return undefined;
    this.#records.addDump(entry.size);
    return encodeIndexLine(number, entry);
  }

  /** Creates one volume in a worker, and uploads its parts. */
  async #volume(
    number: number,
    entries: SourcePack,
    makers: Workers,
    sending: Sending,
    links: LinkTargets,
  ): Promise<VolumeMade> {
    const { compression, partSize, checksums } = this.#host;
    const session = await newSessionKey(this.#recipients);
    const helpers = helpersOf(makers, compression);
    const order: VolumeOrder = {
      number,
      entries,
      session,
      compression,
      partSize,
      checksums,
      helpedBlocks: helpers?.blocks ?? 0,
    };
    const parts = new VolumeInProgress(entries, {
      buffer: () => this.#objects.buffers.take(),
      compress: (block) => helpers!.compress(block),
      put: (made) => {
        const name = volumePartName(number, made.part, made.sha256, compression.kind);
        return this.#objects.putPart(name, made, (taken) => confirmed.part(taken));
      },
      hear: (news) => this.#hear(news),
    });
    const confirmed = new Confirmed((made, taken) => {
      const members = membersOf(parts.entries, made);
      sending.stored({ ...this.#records.recordOf(made), members, lines: made.lines, taken });
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
    this.#progress.add(news.entries, news.bytes);
  }
}

function hiddenAbove([first, ...others]: readonly string[]): string {
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return `The modes of directories above the declared paths are not stored, because this run may not look at them: ` +
    `"${
      printablePath(first!)
    }"${more}. A restore creates them with mode 0700. Declare a directory if you need its mode`;
}
