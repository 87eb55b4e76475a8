import type { Run } from "../app/events.ts";
import type { Host } from "../config/types.ts";
import { Failure, reason, withHint } from "../model/failure.ts";
import type { KeySource } from "../seal/session_key.ts";
import type { StoreReader } from "../store/contract.ts";
import { type Check, type CheckState, worstState } from "./check.ts";
import { type Choose, chooseBy } from "./choose.ts";
import { restoreByNightdrop, type Restorer } from "./restorer.ts";
import { drillSnapshot, type SnapshotDrill } from "./snapshot_drill.ts";
import { Workplace } from "./workplace.ts";

/** Result of a drill of a host. */
export interface HostDrill {
  readonly host: string;
  /** The worst state of its checks. */
  readonly state: CheckState;
  /** Number of snapshots with a good receipt in the store. */
  readonly snapshots: number;
  readonly drilled: readonly SnapshotDrill[];
  /** Checks of the host as a whole: its receipts, and why it could not be drilled. */
  readonly checks: readonly Check[];
  /** Whether the config pins its signer: if not, a forged host would not be noticed. */
  readonly pinned: boolean;
  readonly seconds: number;
}

/** Options of {@link drill}. */
export interface DrillOptions {
  readonly keys: KeySource;
  /** Seed of the random numbers: the same seed draws the same entries. */
  readonly seed: string;
  /** Directory for the restored files; undefined for that of temporary files. */
  readonly temp?: string | undefined;
  /** Default: the code of `restore`. */
  readonly restore?: Restorer;
  /** Default: the newest complete snapshot and a random older one. */
  readonly choose?: Choose;
}

/** Opens the store of a host for as long as its second argument takes. */
export type WithReader = <T>(host: Host, body: (reader: StoreReader) => Promise<T>) => Promise<T>;

/**
 * Rehearses a restore of each host, one after the other: it restores a sample of some snapshots into a private temporary
 * directory, holds it against the signed indexes, checks the dumps and removes everything. A host that cannot be drilled
 * does not keep the others from it.
 */
export async function* drill(
  hosts: Iterable<Host>,
  withReader: WithReader,
  options: DrillOptions,
  run: Run,
): AsyncGenerator<HostDrill> {
  for (const host of hosts) {
    const began = performance.now();
    const found = await drillHost(host, withReader, options, run);
    const states = [...found.checks, ...found.drilled.flatMap(({ checks }) => checks)].map(({ state }) =>
      state
    );
    yield {
      host: host.name,
      state: worstState(states),
      pinned: host.signers.length > 0,
      seconds: Math.round(performance.now() - began) / 1000,
      ...found,
    };
  }
}

type Found = Pick<HostDrill, "snapshots" | "drilled" | "checks">;

async function drillHost(
  host: Host,
  withReader: WithReader,
  options: DrillOptions,
  run: Run,
): Promise<Found> {
  const drilled: SnapshotDrill[] = [];
  try {
    return await withReader(host, (reader) => drillSnapshots(host, reader, options, run, drilled));
  } catch (error) {
    run.signal.throwIfAborted();
    const why = error instanceof Failure ? withHint(error) : reason(error);
    return { snapshots: 0, drilled, checks: [{ subject: "receipt", state: "not run", reason: why }] };
  }
}

/** @param drilled takes the drills of the snapshots, which count also if a later one cannot be drilled. */
async function drillSnapshots(
  host: Host,
  reader: StoreReader,
  options: DrillOptions,
  run: Run,
  drilled: SnapshotDrill[],
): Promise<Found> {
  const { keys, seed, temp, restore = restoreByNightdrop, choose = chooseBy(seed) } = options;
  const { snapshots, count, flaws } = await choose(host, reader, run);
  const order = { reader, keys, settings: host.drill, seed, restore };
  for (const [at, snapshot] of snapshots.entries()) {
    using workplace = new Workplace(temp, run.report);
    drilled.push(await drillSnapshot(snapshot, { ...order, dumps: at === 0, workplace }, run));
  }
  return { snapshots: count, drilled, checks: flaws };
}
