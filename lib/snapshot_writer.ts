import { sizeInArchive } from "./archive/header.ts";
import type { Host } from "./config/types.ts";
import type { Run } from "./events.ts";
import { inOrder } from "./in_order.ts";
import { indexHeader } from "./model/index.ts";
import { indexPartName, objectKey, volumePartName } from "./model/name.ts";
import type { PartRecord, Receipt, VolumeRecord } from "./model/receipt.ts";
import type { Trouble } from "./model/trouble.ts";
import { compressor } from "./seal/compress.ts";
import type { Recipient } from "./seal/recipient.ts";
import { type Part, sealCompressed } from "./seal/seal.ts";
import { newSessionKey } from "./seal/session_key.ts";
import type { SourceEntry } from "./source/walk.ts";
import { type Workers, workers } from "./threads.ts";
import type { Uploads } from "./uploads.ts";
import { FATE, type VolumeMade, type VolumeNews, type VolumeOrder } from "./volume.ts";

/**
 * The volumes and the index of one snapshot in the making. What was stored is kept here only as records for the
 * receipt; without the receipt it is debris that expires.
 */
export class SnapshotWriter {
  readonly #host: Host;
  readonly #id: string;
  readonly #recipients: readonly Recipient[];
  readonly #uploads: Uploads;
  readonly #run: Run;
  readonly #volumes: VolumeRecord[] = [];
  #entries = 0;
  #content = 0;
  #unread = 0;
  #indexBytes = 0;
  /** Entries and bytes of archive that were made so far, also in volumes that are not whole yet. */
  #madeEntries = 0;
  #madeBytes = 0;

  constructor(host: Host, id: string, recipients: readonly Recipient[], uploads: Uploads, run: Run) {
    this.#host = host;
    this.#id = id;
    this.#recipients = recipients;
    this.#uploads = uploads;
    this.#run = run;
  }

  /** Drops everything but the receipt and gives what the receipt has to say of it. */
  async write(
    entries: Iterable<SourceEntry>,
  ): Promise<Pick<Receipt, "entries" | "bytes" | "unread" | "volumes" | "index">> {
    using makers = workers(this.#host.jobs ?? navigator.hardwareConcurrency);
    const parts = await this.#dropIndex(this.#indexFrames(entries, makers));
    return {
      entries: this.#entries,
      bytes: this.#content,
      unread: this.#unread,
      volumes: this.#volumes,
      index: { entries: this.#entries, plain: this.#indexBytes, parts },
    };
  }

  /** Tells of trouble on the way, and counts what is not in the snapshot. */
  readonly tell = (trouble: Trouble): void => {
    if (trouble.kind === "unread") this.#unread += 1;
    this.#run.report({ event: "trouble", ...trouble });
  };

  /**
   * The index, compressed: a piece for its header and one for each volume, which the volumes leave behind. Pulling it
   * has them made.
   */
  async *#indexFrames(
    entries: Iterable<SourceEntry>,
    makers: Workers,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const header = new TextEncoder().encode(indexHeader(this.#host.name, this.#id));
    this.#indexBytes += header.length;
    yield compressor(this.#host.compression)(header);
    const batched = numbered(batches(entries, volumeBytes(this.#host.partSize)));
    const volumes = inOrder(batched, makers.wanted, ([number, batch]) => this.#volume(number, batch, makers));
    for await (const made of volumes) {
      this.#take(made);
      if (made.lines.length > 0) yield made.lines;
    }
  }

  /** Has one volume made, and drops its parts. */
  async #volume(number: number, entries: readonly SourceEntry[], makers: Workers): Promise<VolumeMade> {
    const { compression, partSize } = this.#host;
    const session = await newSessionKey(this.#recipients);
    const order: VolumeOrder = { number, entries, session, compression, partSize };
    const made: VolumeMade = await makers.run("makeVolume", order, {
      answer: async ({ part, bytes, sha256 }: Part & { readonly part: number }) => {
        await this.#put(volumePartName(number, part, sha256, compression.kind), bytes);
        return { value: undefined };
      },
      told: (news: VolumeNews) => this.#hear(news),
    });
    this.#tellDanglingLinks(entries, made);
    return made;
  }

  #hear(news: VolumeNews): void {
    if (news.kind === "trouble") return this.tell(news.trouble);
    this.#run.signal.throwIfAborted();
    this.#madeEntries += news.entries;
    this.#madeBytes += news.bytes;
    this.#run.report({ event: "progress", entries: this.#madeEntries, bytes: this.#madeBytes });
  }

  /** The walk has seen to it that a first name can be opened; that it goes away before it is read is rare. */
  #tellDanglingLinks(entries: readonly SourceEntry[], { fates }: VolumeMade): void {
    for (const [at, { type, nlink, file }] of entries.entries()) {
      if (fates[at] !== FATE.LOST || type !== "file" || nlink < 2) continue;
      const reason =
        "it has other names, which are stored as links to it: they cannot be restored from this snapshot";
      this.tell({ kind: "unread", path: file, reason });
    }
  }

  #take({ number, entries, bytes, plain, parts, linesPlain }: VolumeMade): void {
    const { kind } = this.#host.compression;
    const records = parts.map(({ size, sha256 }, part): PartRecord => ({
      name: volumePartName(number, part, sha256, kind),
      size,
      sha256,
    }));
    this.#volumes.push({ number, entries, plain, parts: records });
    this.#entries += entries;
    this.#content += bytes;
    this.#indexBytes += linesPlain;
  }

  async #dropIndex(frames: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<PartRecord[]> {
    const { partSize, compression } = this.#host;
    const session = await newSessionKey(this.#recipients);
    const records: PartRecord[] = [];
    for await (const { bytes, sha256 } of sealCompressed(frames, { session, partSize })) {
      const name = indexPartName(records.length, sha256, compression.kind);
      records.push({ name, size: bytes.length, sha256 });
      await this.#put(name, bytes);
    }
    return records;
  }

  #put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#uploads.put(objectKey(this.#host.name, this.#id, name), bytes);
  }
}

/**
 * Plain bytes of a volume: so many that its message fits one part even when nothing can be compressed. The 64th
 * that is left pays for frames, packets and the session key of each recipient.
 */
export function volumeBytes(partSize: number): number {
  return partSize - Math.ceil(partSize / 64);
}

/** Entries of a volume at most: what is kept in memory of one must not grow with the number of empty files. */
const MAX_ENTRIES = 10_000;

/** Cuts entries into batches of at most `limit` bytes of archive; an entry that is larger has a batch of its own. */
export function* batches(entries: Iterable<SourceEntry>, limit: number): Generator<SourceEntry[]> {
  let batch: SourceEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = sizeInArchive(entry);
    if (batch.length === MAX_ENTRIES || (batch.length > 0 && bytes + size > limit)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** Numbers from 1. */
function* numbered<T>(items: Iterable<T>): Generator<[number: number, item: T]> {
  let number = 0;
  for (const item of items) yield [++number, item];
}
