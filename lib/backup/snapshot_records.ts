import type { FittedHost } from "./memory_profile.ts";
import { volumePartName } from "../model/name.ts";
import type { PartRecord, Receipt, VolumeRecord } from "../model/receipt.ts";
import { ReceiptRoom } from "./receipt_capacity.ts";
import type { VolumeMade } from "./volume.ts";

/** Records of a snapshot's own volumes for the receipt. */
export class SnapshotRecords {
  readonly #host: FittedHost;
  readonly #room: ReceiptRoom;
  readonly #volumes: VolumeRecord[] = [];
  readonly #sent = { entries: 0, bytes: 0 };
  readonly #dumped = { entries: 0, bytes: 0 };

  constructor(host: FittedHost) {
    this.#host = host;
    this.#room = new ReceiptRoom(host);
  }

  /** Records of the volumes so far, in order. */
  get volumes(): readonly VolumeRecord[] {
    return this.#volumes;
  }

  /** Number of entries and bytes of content in the volumes, including dumps. */
  get sent(): Receipt["sent"] {
    return this.#sent;
  }

  /** Number and bytes of the dumps. */
  get dumped(): Receipt["sent"] {
    return this.#dumped;
  }

  /**
   * Adds the record of a volume.
   *
   * @throws {Failure} if the receipt has no room for it.
   */
  add(volume: VolumeRecord): void {
    this.#room.take(volume.parts.length);
    this.#volumes.push(volume);
  }

  /** Counts a dump that succeeded. */
  addDump(bytes: number): void {
    this.#count(1, bytes);
    this.#dumped.entries += 1;
    this.#dumped.bytes += bytes;
  }

  /**
   * Adds a volume that a worker has created.
   *
   * @throws {Failure} if the receipt has no room for it.
   */
  addVolume(made: VolumeMade): void {
    this.add(this.recordOf(made));
    this.#count(made.entries, made.bytes);
  }

  /** Returns a volume as the receipt lists it. */
  recordOf({ number, entries, plain, parts }: VolumeMade): VolumeRecord {
    const { kind } = this.#host.compression;
    const records = parts.map(({ size, sha256 }, part): PartRecord => ({
      name: volumePartName(number, part, sha256, kind),
      size,
      sha256,
    }));
    return { number, entries, plain, parts: records };
  }

  #count(entries: number, bytes: number): void {
    this.#sent.entries += entries;
    this.#sent.bytes += bytes;
  }
}
