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

/**
 * Rehearses a restore of a host: it restores a sample of some snapshots into a private temporary directory, holds it
 * against the signed indexes, checks the dumps and removes everything. Several hosts can be drilled at the same time:
 * a drill waits for the space that the others need, and for its turn to check a dump.
 *
 * @returns The result, also if the host cannot be drilled: then its state is `not run`.
 * @throws The reason of `run.signal` if it is aborted.
 */
export async function drill(
  host: Host,
  reader: StoreReader,
  options: DrillOptions,
  run: Run,
): Promise<HostDrill> {
  const began = performance.now();
  const drilled: SnapshotDrill[] = [];
  try {
    return resultOf(host, began, await drillSnapshots(host, reader, options, run, drilled));
  } catch (error) {
    run.signal.throwIfAborted();
    return resultOf(host, began, { snapshots: 0, drilled, checks: [notRun(error)] });
  }
}

/** Returns the result for a host whose store cannot be opened. */
export function undrilled(host: Host, error: unknown): HostDrill {
  return resultOf(host, performance.now(), { snapshots: 0, drilled: [], checks: [notRun(error)] });
}

type Found = Pick<HostDrill, "snapshots" | "drilled" | "checks">;

function resultOf(host: Host, began: number, found: Found): HostDrill {
  const checks = [...found.checks, ...found.drilled.flatMap((it) => it.checks)];
  return {
    host: host.name,
    state: worstState(checks.map(({ state }) => state)),
    pinned: host.signers.length > 0,
    seconds: Math.round(performance.now() - began) / 1000,
    ...found,
  };
}

function notRun(error: unknown): Check {
  const why = error instanceof Failure ? withHint(error) : reason(error);
  return { subject: "receipt", state: "not run", reason: why };
}

/** @param drilled takes the drills of the snapshots, which count also if a later one cannot be drilled. */
async function drillSnapshots(
  host: Host,
  reader: StoreReader,
  options: DrillOptions,
  run: Run,
  drilled: SnapshotDrill[],
): Promise<Found> {
  const { keys, seed, temp, restore = restoreByNightdrop(), choose = chooseBy(seed) } = options;
  const { snapshots, count, flaws } = await choose(host, reader, run);
  const order = { reader, keys, settings: host.drill, seed, restore };
  for (const [at, snapshot] of snapshots.entries()) {
    using workplace = new Workplace(temp, run.report);
    drilled.push(await drillSnapshot(snapshot, { ...order, dumps: at === 0, workplace }, run));
  }
  return { snapshots: count, drilled, checks: flaws };
}
