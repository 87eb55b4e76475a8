import type { Run } from "../app/events.ts";
import { release } from "../buffers/release.ts";
import { reason } from "../model/failure.ts";
import { objectKey } from "../model/name.ts";
import { printablePath } from "../model/printable.ts";
import type { PartRecord } from "../model/receipt.ts";
import { isInSubset, type Subset } from "../model/subset.ts";
import type { Identity } from "../seal/identity.ts";
import { NoIdentity } from "../seal/session_key.ts";
import { releaseVolume } from "../snapshots/index_reader.ts";
import { readPart } from "../snapshots/parts.ts";
import { isOfOneSnapshot, type Snapshot } from "../snapshots/snapshots.ts";
import { SomeLosses } from "../snapshots/some_losses.ts";
import { Tree } from "../snapshots/tree.ts";
import type { TreeVolume } from "../snapshots/tree_scan.ts";
import { VolumeReader } from "../snapshots/volume_reader.ts";
import type { StoreReader } from "../store/contract.ts";
import { withPauses } from "../workers/pause.ts";
import { inOrder } from "../workers/in_order.ts";
import type { Workers } from "../workers/pool.ts";
import { NotedReads } from "./noted_reads.ts";
import { findingKindOf, type FindingLog } from "./finding_log.ts";

/** Maximum number of bad entries of a snapshot that are named. */
const MAX_NAMED = 20;

/** Options of a {@link ContentCheck}. */
export interface ContentOptions {
  /** Private keys. If present, every volume is opened. */
  readonly identities?: readonly Identity[];
  /** Number of parts of each snapshot to read, chosen at random. */
  readonly sample?: number;
  /** Subset of the parts to read. */
  readonly subset?: Subset;
}

/**
 * Reads the bytes of snapshots and compares them with their SHA-256; with identities, also their content with
 * the index. Many fields because there are several counts.
 */
export class ContentCheck {
  readonly #reader: StoreReader;
  readonly #openers: Workers;
  readonly #options: ContentOptions;
  readonly #log: FindingLog;
  readonly #run: Run;
  readonly #read = { objects: 0, bytes: 0 };
  #damages = 0;
  /** Faults of the snapshot so far, in words. */
  readonly #reported = new Set<string>();

  constructor(reader: StoreReader, openers: Workers, options: ContentOptions, log: FindingLog, run: Run) {
    this.#reader = reader;
    this.#openers = openers;
    this.#options = options;
    this.#log = log;
    this.#run = run;
  }

  /** Number of objects that were read. */
  get objects(): number {
    return this.#read.objects;
  }

  /** Size of these objects in bytes. */
  get bytes(): number {
    return this.#read.bytes;
  }

  /** Number of findings of the kind `damage`. */
  get damages(): number {
    return this.#damages;
  }

  /** Checks a snapshot. Each object is fetched once, and each of its faults is one finding. */
  async check(snapshot: Snapshot, parts: readonly PartRecord[]): Promise<void> {
    this.#reported.clear();
    const before = this.#log.count("damage");
    const reads = new NotedReads(this.#reader, this.#count);
    if (this.#options.identities) await this.#open(snapshot, reads, this.#options.identities);
    await this.#compare(snapshot, reads, parts);
    this.#damages += this.#log.count("damage") - before;
  }

  /** Opens the index and the volumes. Each part is compared with its SHA-256 as it is read. */
  async #open(snapshot: Snapshot, reads: NotedReads, identities: readonly Identity[]): Promise<void> {
    const { signal } = this.#run;
    const volumes = new VolumeReader(reads, identities, this.#openers, signal);
    const check = async (volume: TreeVolume): Promise<void> => {
      try {
        if (volume.snapshot !== snapshot) return;
        const { lost } = await volumes.read(snapshot, volume, undefined);
        for (const { path, reason } of lost) {
          losses.add({ entry: { path, type: "file" }, reason, unreadable: false });
        }
      } catch (error) {
        this.#addOrThrow(snapshot.id, error);
      } finally {
        releaseVolume(volume);
      }
    };
    const losses = new SomeLosses(MAX_NAMED, ({ entry, reason, unreadable }) => {
      const what = entry === undefined
        ? reason
        : `"${printablePath(entry.path)}" cannot be restored: ${reason}`;
      this.#log.add(unreadable ? "unreadable" : "damage", snapshot.id, what);
    });
    try {
      const tree = await Tree.open(snapshot, this.#reader, identities, signal, reads);
      const scan = tree.scan(losses.add);
      for await (const _ of inOrder(scan.volumes(), this.#openers.wanted, check));
      for await (const _ of withPauses(scan.links(), signal));
    } catch (error) {
      if (error instanceof NoIdentity) {
        this.#log.add("unreadable", snapshot.id, `${error.message}. ${error.hint}`);
      } else this.#addOrThrow(snapshot.id, error);
    }
    losses.end();
  }

  /**
   * Compares parts that were not read yet with their SHA-256: all of them, or those that damage left out.
   */
  async #compare(snapshot: Snapshot, reads: NotedReads, parts: readonly PartRecord[]): Promise<void> {
    const { host, id } = snapshot;
    const left = parts.filter(({ name }) => !reads.has(objectKey(host, id, name)));
    for (const part of chosen(left, this.#options)) {
      try {
        release(await readPart(reads, snapshot, part, this.#run.signal));
      } catch (error) {
        this.#addOrThrow(snapshot.id, error);
      }
    }
  }

  readonly #count = (bytes: number): void => {
    this.#read.objects += 1;
    this.#read.bytes += bytes;
    this.#run.report({ event: "progress", entries: this.#read.objects, bytes: this.#read.bytes });
  };

  #addOrThrow(snapshot: string, error: unknown): void {
    if (!isOfOneSnapshot(error)) throw error;
    const what = reason(error);
    if (this.#reported.has(what)) return;
    this.#reported.add(what);
    this.#log.add(findingKindOf(error), snapshot, what);
  }
}

function chosen(parts: readonly PartRecord[], { subset, sample }: ContentOptions): readonly PartRecord[] {
  if (subset === undefined) return sampled(parts, sample);
  return parts.filter(({ sha256 }) => isInSubset(sha256, subset));
}

function sampled<T>(all: readonly T[], sample: number | undefined): readonly T[] {
  if (sample === undefined || sample >= all.length) return all;
  const rest = [...all];
  return Array.from({ length: sample }, () => rest.splice(Math.floor(Math.random() * rest.length), 1)[0]!);
}
