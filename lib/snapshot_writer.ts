import { sizeInArchive } from "./archive/header.ts";
import { archive, LostFiles } from "./archive/write.ts";
import type { Host } from "./config/types.ts";
import type { Run } from "./events.ts";
import { encodeIndexLine, indexHeader } from "./model/index.ts";
import { indexPartName, objectKey, volumePartName } from "./model/name.ts";
import type { PartRecord, Receipt, VolumeRecord } from "./model/receipt.ts";
import type { Trouble } from "./model/trouble.ts";
import type { Recipient } from "./seal/recipient.ts";
import { type Part, seal } from "./seal/seal.ts";
import { openSource } from "./source/read.ts";
import { type SourceEntry, walk } from "./source/walk.ts";
import type { Uploads } from "./uploads.ts";

/** Plain bytes of index text that are compressed at a time. */
const INDEX_BLOCK = 1024 * 1024;

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
  readonly #lost = new LostFiles();
  #entries = 0;
  #content = 0;
  #archived = 0;
  #unread = 0;
  #indexBytes = 0;

  constructor(host: Host, id: string, recipients: readonly Recipient[], uploads: Uploads, run: Run) {
    this.#host = host;
    this.#id = id;
    this.#recipients = recipients;
    this.#uploads = uploads;
    this.#run = run;
  }

  /** Drops everything but the receipt and gives what the receipt has to say of it. */
  async write(): Promise<Pick<Receipt, "entries" | "bytes" | "unread" | "volumes" | "index">> {
    const kind = this.#host.compression.kind;
    const text = blocks(this.#indexText(), (bytes) => this.#indexBytes += bytes);
    const parts = await this.#drop(this.#seal(text), (part, digest) => indexPartName(part, digest, kind));
    const index = { entries: this.#entries, plain: this.#indexBytes, parts };
    return {
      entries: this.#entries,
      bytes: this.#content,
      unread: this.#unread,
      volumes: this.#volumes,
      index,
    };
  }

  /** The index is what the volumes leave behind: pulling its text makes them, one after the other. */
  async *#indexText(): AsyncGenerator<string> {
    yield indexHeader(this.#host.name, this.#id);
    const entries = walk(this.#host.selection, this.#tell);
    for (const batch of batches(entries, volumeBytes(this.#host.partSize))) {
      yield* await this.#volume(this.#volumes.length + 1, batch);
    }
  }

  /** Drops one volume and gives its lines of the index. */
  async #volume(number: number, batch: readonly SourceEntry[]): Promise<string[]> {
    const lines: string[] = [];
    const before = this.#archived;
    const archived = archive(batch, {
      lost: this.#lost,
      open: (entry) => openSource(entry, this.#tell),
      done: (entry) => {
        lines.push(encodeIndexLine(number, entry));
        this.#entries += 1;
        this.#content += entry.size;
      },
    });
    const kind = this.#host.compression.kind;
    const parts = await this.#drop(
      this.#seal(this.#watched(archived)),
      (part, digest) => volumePartName(number, part, digest, kind),
    );
    this.#volumes.push({ number, entries: lines.length, plain: this.#archived - before, parts });
    return lines;
  }

  *#watched(archived: Iterable<Uint8Array<ArrayBuffer>>): Generator<Uint8Array<ArrayBuffer>> {
    for (const block of archived) {
      this.#run.signal.throwIfAborted();
      this.#archived += block.length;
      yield block;
      this.#run.report({ event: "progress", entries: this.#entries, bytes: this.#archived });
    }
  }

  #seal(
    plain: Iterable<Uint8Array<ArrayBuffer>> | AsyncIterable<Uint8Array<ArrayBuffer>>,
  ): AsyncIterable<Part> {
    const { compression, partSize } = this.#host;
    return seal(plain, { recipients: this.#recipients, compression, partSize });
  }

  async #drop(
    parts: AsyncIterable<Part>,
    nameOf: (part: number, sha256: string) => string,
  ): Promise<PartRecord[]> {
    const records: PartRecord[] = [];
    for await (const { bytes, sha256 } of parts) {
      const name = nameOf(records.length, sha256);
      records.push({ name, size: bytes.length, sha256 });
      await this.#uploads.put(objectKey(this.#host.name, this.#id, name), bytes);
    }
    return records;
  }

  readonly #tell = (trouble: Trouble): void => {
    if (trouble.kind === "unread") this.#unread += 1;
    this.#run.report({ event: "trouble", ...trouble });
  };
}

/**
 * Plain bytes of a volume: so many that its message fits one part even when nothing can be compressed. The 64th
 * that is left pays for frames, packets and the session key of each recipient.
 */
export function volumeBytes(partSize: number): number {
  return partSize - Math.ceil(partSize / 64);
}

/** Cuts entries into batches of at most `limit` bytes of archive; an entry that is larger has a batch of its own. */
export function* batches(entries: Iterable<SourceEntry>, limit: number): Generator<SourceEntry[]> {
  let batch: SourceEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = sizeInArchive(entry);
    if (batch.length > 0 && bytes + size > limit) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** Joins lines into blocks that are worth compressing. */
async function* blocks(
  lines: AsyncIterable<string>,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  let text = "";
  for await (const line of lines) {
    text += line;
    if (text.length < INDEX_BLOCK) continue;
    const block = encoder.encode(text);
    count(block.length);
    yield block;
    text = "";
  }
  const block = encoder.encode(text);
  count(block.length);
  yield block;
}
