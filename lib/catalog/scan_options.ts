import type { CompressionKind } from "../model/compression.ts";
import type { Entry } from "../model/entry.ts";
import type { AdoptedVolume, NeededSnapshot } from "../model/receipt.ts";
import type { Trust } from "../model/trust.ts";
import type { Walked } from "./stat_signature.ts";
import type { Refresh } from "./refresh.ts";

/** A member of a volume. */
export interface Member {
  /** As the walk met it. */
  readonly walked: Walked;
  /** As it went into the archive: another object unless that was just what the walk met. */
  readonly archived: Entry;
}

/** A volume of which every part is stored. */
export interface StoredVolume {
  readonly number: number;
  /** Bytes of the archive. */
  readonly plain: number;
  /** Its objects, in order. */
  readonly parts: readonly { readonly size: number; readonly sha256: string }[];
  /** When the store took the first of them, by its own clock; undefined if it did not report it. */
  readonly taken: Date | undefined;
  /** How many members it has. */
  readonly entries: number;
  /** Its members. */
  readonly members: Iterable<Member>;
  /** Their lines of the index, compressed as the snapshot is. */
  readonly lines: Uint8Array;
}

/** Options of a scan. */
export interface ScanOptions<T extends Walked> {
  readonly snapshot: string;
  readonly compression: CompressionKind;
  /** The member paths that the walk begins at, in its order; empty for the root. */
  readonly declared: readonly string[];
  /** What of older volumes is re-sent though it did not change. */
  readonly refresh: Refresh;
  /** Why that is most of it, where it is. */
  readonly stale: string | undefined;
  /** How many days old what it builds upon may be. */
  readonly oldest: number;
  /** Which numbers of an entry can be trusted: some file systems make up inodes and ctimes. */
  readonly trust: (entry: T) => Trust;
  /** Whether attributes are stored: then those of what was sent without them are read once. */
  readonly attributes: boolean;
  /** The host's clock, in milliseconds. */
  readonly clock: () => number;
}

/** Summary of a tree for the receipt. Only a part of the tree was sent. */
export interface TreeSummary {
  readonly entries: number;
  readonly bytes: number;
  /** Paths of older volumes that the index lists as gone. */
  readonly gone: number;
  readonly adopted: readonly AdoptedVolume[];
  readonly needs: readonly NeededSnapshot[];
}
