import { type Receipt, type SealedRecord, storedObjects } from "../model/receipt.ts";
import type { Snapshot } from "./snapshots.ts";

/**
 * Snapshot as it is known without a private key. A hostile host can lie in all of it, except in `storedAt`
 * and `stored`, which come from the store.
 */
export interface Night {
  /** Id of the snapshot. */
  readonly id: string;
  /** Time at which the store received the receipt. */
  readonly storedAt: Date;
  /** Duration of the run in milliseconds, by the host's clock. */
  readonly duration: number;
  /** Number of entries of the whole tree. */
  readonly entries: number;
  /** Size of the file content of the whole tree in bytes. */
  readonly bytes: number;
  /** Number of entries and bytes of file content that this run sent. */
  readonly sent: Receipt["sent"];
  /** Number of paths that could not be read: 0 if the snapshot is complete. */
  readonly unread: number;
  /** Size of the archives that this run sent in bytes, before compression. */
  readonly plain: number;
  /** Size of these archives in bytes, compressed and encrypted. */
  readonly sealed: number;
  /** Size of all objects of the snapshot in bytes, without the receipt. */
  readonly stored: number;
  /** Fingerprint of the key that signed it. */
  readonly signer: string;
  /** Fingerprints of the keys that it is encrypted to. */
  readonly recipients: readonly string[];
  /** Program that wrote it, such as `nightdrop/0.2.0`. */
  readonly program: string;
}

/**
 * Returns the numbers in the receipt of a snapshot. The lists of its parts, which may be long, are not kept.
 */
export function nightOf({ id, storedAt, receipt }: Snapshot): Night {
  const { entries, bytes, sent, unread, volumes, signer, recipients, program } = receipt;
  const sealed = sum(volumes, sealedBytes);
  return {
    id,
    storedAt,
    duration: Math.max(Date.parse(receipt.finished) - Date.parse(receipt.started), 0),
    entries,
    bytes,
    sent,
    unread,
    plain: sum(volumes, ({ plain }) => plain),
    sealed,
    stored: storedObjects(receipt).bytes,
    signer: signer.fingerprint,
    recipients,
    program,
  };
}

function sealedBytes({ parts }: SealedRecord): number {
  return sum(parts, ({ size }) => size);
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

/** Whether the host could read all of its paths. */
export function isComplete({ unread }: Night): boolean {
  return unread === 0;
}

/** Returns the share of its entries that a run sent: 0 to 1. */
export function churnOf({ sent, entries }: Night): number {
  return entries === 0 ? 0 : Math.min(sent.entries / entries, 1);
}

/**
 * Returns the ratio of encrypted to plain bytes: near 1 for content that does not compress; 0 if nothing was
 * sent.
 */
export function sealedRatio({ sealed, plain }: Night): number {
  return plain === 0 ? 0 : sealed / plain;
}
