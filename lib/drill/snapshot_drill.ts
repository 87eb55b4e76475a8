import type { Run } from "../app/events.ts";
import type { DrillSettings } from "../config/drill.ts";
import { DUMP_DIRECTORY } from "../model/entry.ts";
import { Failure } from "../model/failure.ts";
import type { LossKind } from "../restore/tally.ts";
import type { KeySource } from "../seal/session_key.ts";
import type { Snapshot } from "../snapshots/snapshots.ts";
import { Tree } from "../snapshots/tree.ts";
import type { StoreReader } from "../store/contract.ts";
import { type Check, outcomeOf } from "./check.ts";
import { drawFrom, type Draws } from "./draw.ts";
import { checkDump } from "./dump_check.ts";
import { difference } from "./held.ts";
import { Random } from "./random.ts";
import type { Restorer } from "./restorer.ts";
import type { Drawn } from "./sample.ts";
import type { Workplace } from "./workplace.ts";

/** Result of a drill of a snapshot. */
export interface SnapshotDrill {
  /** Id of the snapshot. */
  readonly snapshot: string;
  /** Commitment of its receipt. */
  readonly commitment: string;
  /** Size of the sample; undefined if the index could not be read. */
  readonly sample?: SampleFigures;
  /** Duration in seconds. */
  readonly seconds: number;
  /** Checks of its index, entries and dumps. */
  readonly checks: readonly Check[];
}

/** Size of a sample beside the size of the snapshot. */
export interface SampleFigures {
  /** Number of entries that were drawn. */
  readonly entries: number;
  /** Bytes of their content. */
  readonly bytes: number;
  /** Number of entries of the snapshot. */
  readonly ofEntries: number;
  /** Bytes of the content of the snapshot. */
  readonly ofBytes: number;
  /** Entries that were restored and compared with the index, whatever came of it, and bytes of their content. */
  readonly restored: { readonly entries: number; readonly bytes: number };
  /** Files that are larger than the limit, and so are never drawn. */
  readonly tooLarge: number;
}

/** Options of {@link drillSnapshot}. */
export interface SnapshotOrder {
  readonly reader: StoreReader;
  readonly keys: KeySource;
  readonly settings: DrillSettings;
  readonly seed: string;
  /** Whether its dumps are restored and checked. */
  readonly dumps: boolean;
  readonly restore: Restorer;
  readonly workplace: Workplace;
}

/** Returns the random numbers for the sample of a snapshot. They do not depend on what else is drilled. */
export function sampleRandom(seed: string, { host, id }: Pick<Snapshot, "host" | "id">): Random {
  return new Random(`${seed} ${host} ${id}`);
}

/** Directory below the workplace that a snapshot is restored into. */
const TARGET = "restored";

/** Restores a sample of a snapshot and compares it with the signed index. */
export async function drillSnapshot(
  snapshot: Snapshot,
  order: SnapshotOrder,
  run: Run,
): Promise<SnapshotDrill> {
  const began = performance.now();
  const result = await new Exercise(snapshot, order, run).result();
  const seconds = Math.round(performance.now() - began) / 1000;
  return { snapshot: snapshot.id, commitment: snapshot.commitment, seconds, ...result };
}

/** The drill of one snapshot. */
class Exercise {
  readonly #snapshot: Snapshot;
  readonly #order: SnapshotOrder;
  readonly #run: Run;
  readonly #checks: Check[] = [];
  readonly #restored = { entries: 0, bytes: 0 };
  readonly #losses = new Map<string, { readonly reason: string; readonly kind: LossKind }>();

  constructor(snapshot: Snapshot, order: SnapshotOrder, run: Run) {
    this.#snapshot = snapshot;
    this.#order = order;
    this.#run = run;
  }

  async result(): Promise<Pick<SnapshotDrill, "sample" | "checks">> {
    const { reader, keys, settings, seed, dumps, workplace } = this.#order;
    let draws: Draws;
    let tree: Tree;
    try {
      tree = await Tree.open(this.#snapshot, reader, keys, this.#run.signal);
      draws = await drawFrom(tree, { settings, random: sampleRandom(seed, this.#snapshot), dumps });
    } catch (error) {
      this.#run.signal.throwIfAborted();
      if (!(error instanceof Failure)) throw error;
      this.#add({ subject: "index", ...outcomeOf(error) });
      return { checks: this.#checks };
    }
    this.#checkIndex(draws);
    const target = workplace.directory(TARGET);
    const why = await this.#restore(tree, draws.drawn, target);
    for (const drawn of draws.drawn) await this.#hold(drawn, target, why);
    if (dumps) { for (const check of settings.dumps) await this.#checkDump(check, draws.drawn, target); }
    workplace.empty(TARGET);
    return { sample: { ...figuresOf(draws), restored: this.#restored }, checks: this.#checks };
  }

  #add(check: Omit<Check, "snapshot">): void {
    this.#checks.push({ snapshot: this.#snapshot.id, ...check });
  }

  #checkIndex({ lost, losses, missing }: Draws): void {
    for (const { entry, reason, unreadable } of lost) {
      const path = entry === undefined ? {} : { path: `/${entry.path}` };
      this.#add({ subject: "index", ...path, state: unreadable ? "not run" : "failed", reason });
    }
    if (losses === 0) this.#add({ subject: "index", state: "ok" });
    if (losses > lost.length) {
      const reason = `${losses - lost.length} more entries cannot be restored`;
      this.#add({ subject: "index", state: "failed", reason });
    }
    for (const path of missing) {
      const reason = "drill.always names it, and the snapshot does not have it";
      this.#add({ subject: "entry", path: `/${path}`, draw: "always", state: "failed", reason });
    }
  }

  /** @returns Why nothing could be restored; undefined if all was that could be. */
  async #restore(tree: Tree, drawn: readonly Drawn[], target: string): Promise<Failure | undefined> {
    const { reader, keys, workplace, restore } = this.#order;
    const entries = drawn.map(({ entry }) => entry);
    const onLoss = (path: string, reason: string, kind: LossKind): void =>
      void this.#losses.set(path, { reason, kind });
    try {
      await workplace.requireSpace(entries.reduce((sum, { size }) => sum + size, 0), this.#run.signal);
      await restore({ tree, reader, keys, entries, target, onLoss }, this.#run);
      return undefined;
    } catch (error) {
      this.#run.signal.throwIfAborted();
      if (error instanceof Failure) return error;
      throw error;
    }
  }

  async #hold({ entry, draw }: Drawn, target: string, why: Failure | undefined): Promise<void> {
    const about = { subject: "entry", path: `/${entry.path}`, draw } as const;
    const loss = this.#losses.get(entry.path);
    if (loss !== undefined) {
      this.#add({ ...about, state: loss.kind === "damaged" ? "failed" : "not run", reason: loss.reason });
    } else if (why !== undefined) this.#add({ ...about, ...outcomeOf(why) });
    else {
      const held = {
        file: `${target}/${entry.path}`,
        entry,
        owners: Deno.uid() === 0,
        ...(entry.type === "hardlink" && { target: `${target}/${entry.link}` }),
      };
      const reason = await difference(held, this.#run.signal);
      this.#restored.entries += 1;
      this.#restored.bytes += entry.size;
      this.#add({ ...about, ...(reason === undefined ? { state: "ok" } : { state: "failed", reason }) });
    }
  }

  async #checkDump(
    check: DrillSettings["dumps"][number],
    drawn: readonly Drawn[],
    target: string,
  ): Promise<void> {
    const path = `${DUMP_DIRECTORY}/${check.name}`;
    const about = { subject: "dump", path: `/${path}` } as const;
    // A hostile host can list a link at that path, which would lead a command to a file of this machine.
    if (!drawn.some(({ entry, draw }) => draw === "dump" && entry.path === path)) {
      this.#add({
        ...about,
        state: "failed",
        reason: "drill.dumps names it, and the snapshot does not have it",
      });
      return;
    }
    const restored = this.#checks.find((it) => it.subject === "entry" && it.path === about.path)!;
    if (restored.state !== "ok") {
      this.#add({ ...about, state: "not run", reason: "the dump could not be restored" });
      return;
    }
    const { workplace } = this.#order;
    const environment = {
      NIGHTDROP_HOST: this.#snapshot.host,
      NIGHTDROP_SNAPSHOT: this.#snapshot.id,
      NIGHTDROP_DUMP: check.name,
    };
    const dump = { file: `${target}/${path}`, directory: workplace.directory("loaded"), environment };
    try {
      this.#add({ ...about, ...await checkDump(check, dump, this.#run) });
    } finally {
      workplace.empty("loaded");
    }
  }
}

function figuresOf({ drawn, entries, bytes, tooLarge }: Draws): Omit<SampleFigures, "restored"> {
  return {
    entries: drawn.length,
    bytes: drawn.reduce((sum, { entry }) => sum + entry.size, 0),
    ofEntries: entries,
    ofBytes: bytes,
    tooLarge,
  };
}
