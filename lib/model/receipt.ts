import type { CompressionKind } from "./compression.ts";
import { parseObjectName, type VolumeContent } from "./name.ts";

/** Version of the receipt that this code writes, and the only one that it reads. */
export const RECEIPT_FORMAT: Receipt["format"] = "nightdrop-receipt/1";

/**
 * Maximum size in bytes of a part that a reader accepts: it holds one part in memory before it is
 * authenticated.
 */
export const MAX_PART_BYTES = 256 * 1024 * 1024;

/** Maximum size in bytes of a part of a host that names no other, on a machine with enough memory. */
export const DEFAULT_PART_BYTES = 16 * 1024 * 1024;

/**
 * Maximum size in bytes of a receipt that a reader accepts: about 100,000 volumes of one part each. A part
 * takes up to 320 bytes. Reading such a receipt takes 200 MB of memory.
 */
export const MAX_RECEIPT_BYTES = 32 * 1024 * 1024;

/** Maximum number of keys that a snapshot can be encrypted to. */
export const MAX_RECIPIENTS = 100;

/** Maximum number of unconfirmed receipts that a host keeps. */
export const MAX_ATTEMPTED = 100;

/** Signed record of a snapshot. `docs/FORMAT.md` describes each field in detail. */
export interface Receipt {
  /** Version of the format. */
  readonly format: "nightdrop-receipt/1";
  /** Program that wrote it, with its version. */
  readonly program: string;
  /** Name of the host, which the directory of the receipt contains, too. */
  readonly host: string;
  /** Id of the snapshot, which the directory of the receipt contains, too. */
  readonly snapshot: string;
  /** Time at which the run began, by the host's clock: RFC 3339, UTC. */
  readonly started: string;
  /** Time at which everything but the receipt was stored, by the host's clock: RFC 3339, UTC. */
  readonly finished: string;
  /**
   * Fingerprint of the key that signed the receipt, and the public key in base64, so that a receipt can be
   * verified alone.
   */
  readonly signer: { readonly fingerprint: string; readonly key: string };
  /** Fingerprints of the keys that the snapshot is encrypted to. */
  readonly recipients: readonly string[];
  /** Compression of all volumes and of the index. */
  readonly compression: CompressionKind;
  /** Receipt before this one; null for the first. */
  readonly previous: ReceiptLink | null;
  /** Receipts that were sent since `previous` without an answer from the store. */
  readonly attempted: readonly ReceiptLink[];
  /** Number of entries of the whole tree, in all volumes. */
  readonly entries: number;
  /** Size in bytes of all file content of the whole tree. */
  readonly bytes: number;
  /** Part of the tree that this run has sent. */
  readonly sent: {
    /** Entries in its volumes. */
    readonly entries: number;
    /** Size of the file content in bytes. */
    readonly bytes: number;
  };
  /** Number of paths that could not be read: 0 if the snapshot is complete. */
  readonly unread: number;
  /** Volumes in order. No path is in two of them. */
  readonly volumes: readonly VolumeRecord[];
  /**
   * Volumes of interrupted runs, the newest run first. If several volumes contain a path, the first in this
   * receipt is valid.
   */
  readonly adopted: readonly AdoptedVolume[];
  /**
   * Encrypted list of the entries in `volumes` and `adopted`, and of paths that are gone from those in
   * `needs`.
   */
  readonly index: IndexRecord;
  /**
   * Older snapshots that contain the rest, the newest first. If several contain a path, the newest is valid.
   */
  readonly needs: readonly NeededSnapshot[];
}

/**
 * Reference to a receipt in its successors: a commitment, from which the name of the object cannot be
 * computed.
 */
export interface ReceiptLink {
  /** Id of its snapshot. */
  readonly snapshot: string;
  /** Commitment of the receipt: see `commitment` in `digest.ts`. */
  readonly commitment: string;
}

/** Encrypted message that is stored in parts. */
export interface SealedRecord {
  /** Number of entries in the message. */
  readonly entries: number;
  /** Size in bytes before compression. */
  readonly plain: number;
  /** Objects that the message consists of, in order. */
  readonly parts: readonly PartRecord[];
}

/** The index as the receipt records it. */
export interface IndexRecord extends SealedRecord {
  /** Number of paths that are gone, which the index lists in addition to its entries. */
  readonly gone: number;
}

/** A volume as the receipt records it. */
export interface VolumeRecord extends SealedRecord {
  /** Number of the volume, from 1. */
  readonly number: number;
}

/**
 * Returns number and size in bytes of the objects that a run stored for a snapshot, without the receipt, which cannot contain
 * its own size.
 */
export function storedObjects(
  { volumes, index }: Pick<Receipt, "volumes" | "index">,
): { readonly objects: number; readonly bytes: number } {
  const parts = [...volumes, index].flatMap((it) => it.parts);
  return { objects: parts.length, bytes: parts.reduce((sum, { size }) => sum + size, 0) };
}

/** Returns the kind of content of a volume, from the names of its parts. */
export function contentOf({ parts }: Pick<VolumeRecord, "parts">): VolumeContent {
  const object = parseObjectName(parts[0]?.name ?? "");
  return object?.kind === "volume" ? object.content : "tar";
}

/**
 * Whether a volume is the beginning of a dump that failed. It is listed, so that every object in the
 * directory is accounted for, but it contains no entry, and its message is incomplete.
 */
export function isBrokenDump(volume: VolumeRecord): boolean {
  return volume.entries === 0 && contentOf(volume) === "stream";
}

/** Volume of an interrupted run without a receipt: the host knows its objects only by their commitments. */
export interface AdoptedVolume {
  /** Number of the volume in this snapshot. The numbers of adopted volumes follow those of its own. */
  readonly number: number;
  /** Number of entries in the volume. */
  readonly entries: number;
  /** Size in bytes before compression. */
  readonly plain: number;
  /** Location of its objects. */
  readonly from: {
    /** Snapshot whose directory contains them. */
    readonly snapshot: string;
    /** Number of the volume in their names. */
    readonly number: number;
  };
  /** Objects that the message consists of, in order. */
  readonly parts: readonly CommittedPart[];
}

/** Object that the host stored and cannot name. */
export interface CommittedPart {
  /** Size in bytes. */
  readonly size: number;
  /** Commitment of the object: see `commitment` in `digest.ts`. */
  readonly commitment: string;
}

/** Older snapshot that a newer one needs. */
export interface NeededSnapshot {
  /** Id of the snapshot. */
  readonly snapshot: string;
  /** Commitment of its receipt. */
  readonly receipt: string;
  /** Numbers of the volumes that are needed, as ranges in ascending order. */
  readonly volumes: readonly VolumeRange[];
}

/** Range of consecutive volume numbers: the first and the last. */
export type VolumeRange = readonly [first: number, last: number];

/** Stored object of a snapshot. */
export interface PartRecord {
  /** Name of the object in the snapshot's directory. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** SHA-256 of its bytes, which the name contains, too. */
  readonly sha256: string;
}
