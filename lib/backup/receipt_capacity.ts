import type { FittedHost } from "./memory_profile.ts";
import { Failure } from "../model/failure.ts";
import { MAX_PART_BYTES, MAX_RECEIPT_BYTES } from "../model/receipt.ts";

/** Bytes of a receipt for a volume, without its parts; measured, and rounded up. */
const VOLUME = 100;

/** Bytes of a receipt for each part of a volume. */
const PART = 232;

/** Bytes reserved for the rest: the signature, and the records of older volumes. */
const RESERVE = 4 * 1024 * 1024;

/** Maximum number of volumes of one part that a receipt can list. */
export const MOST_VOLUMES = Math.floor((MAX_RECEIPT_BYTES - RESERVE) / (VOLUME + PART));

/** Limits a run to the volumes that its receipt can list: readers refuse a receipt that is too large. */
export class ReceiptRoom {
  readonly #host: Pick<FittedHost, "name" | "partSize">;
  #left = MAX_RECEIPT_BYTES - RESERVE;

  constructor(host: Pick<FittedHost, "name" | "partSize">) {
    this.#host = host;
  }

  /**
   * Reserves room for a volume.
   *
   * @throws {Failure} if there is none.
   */
  take(parts: number): void {
    this.#left -= VOLUME + parts * PART;
    if (this.#left >= 0) return;
    throw new Failure("Cannot send so much in one run: the receipt would be larger than readers take", {
      hint: largerParts(this.#host),
    });
  }
}

/** Returns the hint for a receipt that has no room. */
export function largerParts({ name, partSize }: Pick<FittedHost, "name" | "partSize">): string {
  const mebibytes = Math.min(partSize * 8, MAX_PART_BYTES) / 1024 / 1024;
  return partSize < MAX_PART_BYTES
    ? `Set partSize: "${Math.ceil(mebibytes)} MiB" for ${name}: one run can send about ${MOST_VOLUMES} parts`
    : `Declare parts of ${name} as hosts of their own: one run can send about ${MOST_VOLUMES} parts`;
}
