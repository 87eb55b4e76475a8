import type { CompressionKind } from "../model/compression.ts";
import type { Entry } from "../model/entry.ts";
import type { AdoptedVolume, NeededSnapshot } from "../model/receipt.ts";
import type { Trust } from "../model/trust.ts";
import type { Walked } from "./stat_signature.ts";
import type { Refresh } from "./refresh.ts";

/** Member of a volume. */
export interface Member {
  /** Entry of the walk. */
  readonly walked: Walked;
  /** Entry in the archive: another object, unless it equals the entry of the walk. */
  readonly archived: Entry;
}

/** Volume whose parts are all stored. */
export interface StoredVolume {
  readonly number: number;
  /** Size of the archive in bytes. */
  readonly plain: number;
  /** Objects of the volume, in order. */
  readonly parts: readonly { readonly size: number; readonly sha256: string }[];
  /**
   * Time at which the store received the first of them, by its own clock; undefined if it did not report it.
   */
  readonly taken: Date | undefined;
  /** Number of its members. */
  readonly entries: number;
  /** Members of the volume. */
  readonly members: Iterable<Member>;
  /** Index lines of the members, with the compression of the snapshot. */
  readonly lines: Uint8Array;
}

/** Options of a scan. */
export interface ScanOptions<T extends Walked> {
  readonly snapshot: string;
  readonly compression: CompressionKind;
  /** Member paths at which the walk begins, in its order; empty for the root. */
  readonly declared: readonly string[];
  /** Unchanged content of older volumes that is re-sent. */
  readonly refresh: Refresh;
  /** Reason why this is most of it; undefined if it is not. */
  readonly stale: string | undefined;
  /** Maximum age in days of volumes that the run builds on. */
  readonly oldest: number;
  /** Returns the numbers of an entry that can be trusted: some file systems make up inodes and ctimes. */
  readonly trust: (entry: T) => Trust;
  /**
   * Whether attributes are stored. If so, the attributes of entries that were sent without them are read
   * once.
   */
  readonly attributes: boolean;
  /** Returns the time of the host's clock in milliseconds. */
  readonly clock: () => number;
}

/** Summary of a tree for the receipt. Only a part of the tree was sent. */
export interface TreeSummary {
  readonly entries: number;
  readonly bytes: number;
  /** Number of paths of older volumes that the index lists as gone. */
  readonly gone: number;
  readonly adopted: readonly AdoptedVolume[];
  readonly needs: readonly NeededSnapshot[];
}
