import type { Receipt, SealedRecord } from "../model/receipt.ts";
import type { Snapshot } from "../snapshots/snapshots.ts";

/**
 * One snapshot as the owner's side sees it without a private key. A hostile host can lie in all of it, except for
 * `storedAt` and `stored`, which are the store's.
 */
export interface Night {
  /** Id of the snapshot. */
  readonly id: string;
  /** When the store took the receipt. */
  readonly storedAt: Date;
  /** How long the run took, by the host's clock, in milliseconds. */
  readonly duration: number;
  /** Entries of the whole tree. */
  readonly entries: number;
  /** Bytes of file content of the whole tree. */
  readonly bytes: number;
  /** Entries and bytes of file content that this run sent. */
  readonly sent: Receipt["sent"];
  /** Paths that could not be read: 0 if the snapshot is complete. */
  readonly unread: number;
  /** Bytes of archive that this run sent, before compression. */
  readonly plain: number;
  /** The same bytes compressed and encrypted. */
  readonly sealed: number;
  /** Bytes of all objects of the snapshot, without the receipt. */
  readonly stored: number;
  /** Fingerprint of the key that signed it. */
  readonly signer: string;
  /** Fingerprints of the keys that it is sealed to. */
  readonly recipients: readonly string[];
  /** Program that wrote it, such as `nightdrop/0.2.0`. */
  readonly program: string;
}

/** Returns what the receipt of a snapshot says in numbers. The lists of its parts, which may be long, are not kept. */
export function nightOf({ id, storedAt, receipt }: Snapshot): Night {
  const { entries, bytes, sent, unread, volumes, index, signer, recipients, program } = receipt;
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
    stored: sealed + sealedBytes(index),
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

/** Whether nothing of the host's paths was unreadable. */
export function isComplete({ unread }: Night): boolean {
  return unread === 0;
}

/** Returns the part of its entries that a run sent: 0 to 1. */
export function churnOf({ sent, entries }: Night): number {
  return entries === 0 ? 0 : Math.min(sent.entries / entries, 1);
}

/** Returns sealed bytes beside plain bytes: near 1 for content that does not compress; 0 if nothing was sent. */
export function sealedRatio({ sealed, plain }: Night): number {
  return plain === 0 ? 0 : sealed / plain;
}
