import type { FittedHost } from "./memory_profile.ts";
import { objectKey } from "../model/name.ts";
import type { Part } from "../seal/seal.ts";
import { partsAtOnce } from "./memory_estimate.ts";
import { PartBuffers } from "./part_buffers.ts";
import type { UploadOptions, Uploads } from "./uploads.ts";

/** Uploads the objects of one snapshot, and owns the buffers for the parts of its volumes. */
export class SnapshotObjects {
  readonly #host: string;
  readonly #snapshot: string;
  readonly #uploads: Uploads;
  readonly buffers: PartBuffers;

  constructor(host: FittedHost, snapshot: string, uploads: Uploads) {
    this.#host = host.name;
    this.#snapshot = snapshot;
    this.#uploads = uploads;
    this.buffers = new PartBuffers(host.partSize, partsAtOnce(host.jobs));
  }

  /** Starts the upload of an object: see {@linkcode Uploads.put}. */
  put(name: string, bytes: Uint8Array<ArrayBuffer>, options?: UploadOptions): Promise<void> {
    return this.#uploads.put(objectKey(this.#host, this.#snapshot, name), bytes, options);
  }

  /** Starts the upload of a part that is in one of {@linkcode SnapshotObjects.buffers}, and takes the buffer back. */
  putPart(
    name: string,
    { bytes, sha256 }: Part,
    stored: (taken: Date | undefined) => void = () => {},
  ): Promise<void> {
    return this.put(name, bytes, { sha256, stored, done: () => this.buffers.give(bytes.buffer) });
  }

  /** Resolves when all objects are stored. */
  settle(): Promise<void> {
    return this.#uploads.settle();
  }
}
