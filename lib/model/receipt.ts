import type { CompressionKind } from "./compression.ts";
import { parseObjectName, type VolumeContent } from "./name.ts";

/** Version of the receipt that this code writes, and the only one that it reads. */
export const RECEIPT_FORMAT: Receipt["format"] = "nightdrop-receipt/1";

/** The largest part that a reader takes: it holds one part in memory before it trusts it. */
export const MAX_PART_BYTES = 256 * 1024 * 1024;

/**
 * The largest receipt that a reader takes: some 100,000 volumes of one part each. A part takes up to 320 bytes of it, and
 * to read it takes 200 MB of memory.
 */
export const MAX_RECEIPT_BYTES = 32 * 1024 * 1024;

/** The most keys that a snapshot can be sealed to. */
export const MAX_RECIPIENTS = 100;

/** Limit of unconfirmed receipts that a host keeps. */
export const MAX_ATTEMPTED = 100;

/** The signed record that makes a snapshot. `docs/FORMAT.md` says more of each field. */
export interface Receipt {
  /** The version of the format. */
  readonly format: "nightdrop-receipt/1";
  /** Program that wrote it, with its version. */
  readonly program: string;
  /** The host, as the directory it lies in says too. */
  readonly host: string;
  /** The snapshot, likewise. */
  readonly snapshot: string;
  /** When the run began, by the host's clock: RFC 3339, UTC. */
  readonly started: string;
  /** When all but the receipt was stored, likewise. */
  readonly finished: string;
  /** Fingerprint of the key that signed it, and the public key in base64, so that a receipt can be checked alone. */
  readonly signer: { readonly fingerprint: string; readonly key: string };
  /** Fingerprints of the keys it is sealed to. */
  readonly recipients: readonly string[];
  /** How all volumes and the index are compressed. */
  readonly compression: CompressionKind;
  /** The receipt before this one; null for the first. */
  readonly previous: ReceiptLink | null;
  /** Receipts sent since `previous` without an answer from the store. */
  readonly attempted: readonly ReceiptLink[];
  /** Number of entries of the whole tree, in all volumes. */
  readonly entries: number;
  /** Bytes of file content, likewise. */
  readonly bytes: number;
  /** The part of them that this run has sent. */
  readonly sent: {
    /** Entries in its volumes. */
    readonly entries: number;
    /** Size of the file content in bytes. */
    readonly bytes: number;
  };
  /** How many things could not be read: 0 means that the snapshot is complete. */
  readonly unread: number;
  /** The volumes in order. No path is in two of them. */
  readonly volumes: readonly VolumeRecord[];
  /** Volumes of runs that broke off, the newest run first. What an earlier volume of this receipt holds counts. */
  readonly adopted: readonly AdoptedVolume[];
  /** The encrypted list of the entries in `volumes` and `adopted`, and of what is gone from those in `needs`. */
  readonly index: IndexRecord;
  /** Older snapshots that hold the rest, the newest first. What a newer one holds counts. */
  readonly needs: readonly NeededSnapshot[];
}

/** A receipt as its successors speak of it: by commitment, which names nothing. */
export interface ReceiptLink {
  /** Its snapshot. */
  readonly snapshot: string;
  /** See `commitment` in `digest.ts`. */
  readonly commitment: string;
}

/** A message in its parts. */
export interface SealedRecord {
  /** Entries inside. */
  readonly entries: number;
  /** Bytes before compression. */
  readonly plain: number;
  /** The objects that make the message, in order. */
  readonly parts: readonly PartRecord[];
}

/** The index as the receipt records it. */
export interface IndexRecord extends SealedRecord {
  /** Paths that are gone, which it lists beside its entries. */
  readonly gone: number;
}

/** A volume as the receipt records it. */
export interface VolumeRecord extends SealedRecord {
  /** Number of the volume, from 1. */
  readonly number: number;
}

/** Returns what a volume holds, from the names of its parts. */
export function contentOf({ parts }: Pick<VolumeRecord, "parts">): VolumeContent {
  const object = parseObjectName(parts[0]?.name ?? "");
  return object?.kind === "volume" ? object.content : "tar";
}

/**
 * Whether a volume is the beginning of a dump that failed: it is listed, so that everything in the directory is accounted
 * for, but no entry is in it, and its message has no end.
 */
export function isBrokenDump(volume: VolumeRecord): boolean {
  return volume.entries === 0 && contentOf(volume) === "stream";
}

/** A volume of a run that never came to its receipt: the host knows its objects by commitment alone. */
export interface AdoptedVolume {
  /** As if it were one of this snapshot: the numbers of adopted volumes follow those of its own. */
  readonly number: number;
  /** Entries inside. */
  readonly entries: number;
  /** Bytes before compression. */
  readonly plain: number;
  /** Where its objects lie. */
  readonly from: {
    /** The directory. */
    readonly snapshot: string;
    /** The volume's number in their names. */
    readonly number: number;
  };
  /** The objects that make the message, in order. */
  readonly parts: readonly CommittedPart[];
}

/** An object that the host stored and cannot name. */
export interface CommittedPart {
  /** Bytes. */
  readonly size: number;
  /** See `commitment` in `digest.ts`. */
  readonly commitment: string;
}

/** An older snapshot that a newer one builds upon. */
export interface NeededSnapshot {
  /** Its id. */
  readonly snapshot: string;
  /** Commitment of its receipt. */
  readonly receipt: string;
  /** Numbers of the volumes that are needed: pairs of the first and the last of a row, ascending. */
  readonly volumes: readonly VolumeRange[];
}

/** Numbers of volumes that follow each other: the first and the last. */
export type VolumeRange = readonly [first: number, last: number];

/** One stored object of a snapshot. */
export interface PartRecord {
  /** Its name in the snapshot's directory. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of its bytes, which the name carries too. */
  readonly sha256: string;
}
