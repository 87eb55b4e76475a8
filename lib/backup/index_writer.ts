import type { FittedHost } from "./memory_profile.ts";
import { indexPartName } from "../model/name.ts";
import type { PartRecord } from "../model/receipt.ts";
import { lineCompressor } from "./line_compressor.ts";
import type { RecipientKey } from "../seal/recipient.ts";
import { sealCompressed } from "../seal/seal.ts";
import { newSessionKey } from "../seal/session_key.ts";
import type { SnapshotObjects } from "./snapshot_objects.ts";

/**
 * Maximum size in bytes of a part of the index, which is one more part in memory besides those of volumes.
 */
const MAX_PART_BYTES = 2 * 1024 * 1024;

/** Encrypts and uploads the index of one snapshot. Its compressed frames come from several threads. */
export class IndexWriter {
  readonly #host: FittedHost;
  readonly #recipients: readonly RecipientKey[];
  readonly #objects: SnapshotObjects;
  #plain = 0;

  constructor(host: FittedHost, recipients: readonly RecipientKey[], objects: SnapshotObjects) {
    this.#host = host;
    this.#recipients = recipients;
    this.#objects = objects;
  }

  /** Size of the index in bytes before compression, so far. */
  get plain(): number {
    return this.#plain;
  }

  /** Counts `bytes` of lines that a worker has compressed. */
  add(bytes: number): void {
    this.#plain += bytes;
  }

  /** Returns lines as a compressed frame of the index. */
  frame(text: string): Uint8Array<ArrayBuffer> {
    const bytes = new TextEncoder().encode(text);
    this.add(bytes.length);
    return lineCompressor(this.#host.compression)(bytes);
  }

  /** Encrypts the frames and starts the upload of each part of the index. */
  async write(frames: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<PartRecord[]> {
    const { compression } = this.#host;
    const partSize = Math.min(this.#host.partSize, MAX_PART_BYTES);
    const session = await newSessionKey(this.#recipients);
    const records: PartRecord[] = [];
    for await (const { bytes, sha256 } of sealCompressed(frames, { session, partSize })) {
      const name = indexPartName(records.length, sha256, compression.kind);
      records.push({ name, size: bytes.length, sha256 });
      await this.#objects.put(name, bytes, { sha256, done: () => void bytes.buffer.transfer(0) });
    }
    return records;
  }
}
