import type { Run } from "../app/events.ts";
import type { Host } from "../config/types.ts";
import { Failure, reason, withHint } from "../model/failure.ts";
import type { Identity } from "../seal/identity.ts";
import type { KeySource } from "../seal/session_key.ts";
import type { StoreReader } from "../store/contract.ts";
import { type Check, type CheckState, worstState } from "./check.ts";
import { type Choose, chooseBy } from "./choose.ts";
import { newSeed } from "./random.ts";
import { restoreByNightdrop, type Restorer } from "./restorer.ts";
import { drillSnapshot, type SnapshotDrill } from "./snapshot_drill.ts";
import { Workplace } from "./workplace.ts";

/** Result of a drill of a host. */
export interface HostDrill {
  /** Name of the host. */
  readonly host: string;
  /** The worst state of its checks. */
  readonly state: CheckState;
  /** Number of snapshots with a good receipt in the store. */
  readonly snapshots: number;
  /** Results of the drilled snapshots. */
  readonly drilled: readonly SnapshotDrill[];
  /** Checks of the host as a whole: its receipts, and why it could not be drilled. */
  readonly checks: readonly Check[];
  /** Whether the config pins its signer: if not, a forged host would not be noticed. */
  readonly pinned: boolean;
  /** Duration in seconds. */
  readonly seconds: number;
}

/** Options of {@link drill}. */
export interface DrillOptions {
  /** Private keys that decrypt the backups. */
  readonly identities: readonly Identity[];
  /** Text that determines what is drawn: the same one draws the same entries. Default: a random one. */
  readonly seed?: string;
  /** Directory for the restored files. Default: that of temporary files. */
  readonly temp?: string;
}

/**
 * Rehearses a restore of a host: restores a random sample of its newest complete snapshot and of an older one into a
 * private temporary directory, compares it with the signed indexes, checks the dumps and removes everything. Several
 * hosts can be drilled at the same time: a drill waits for the space that others need, and for its turn to check a dump.
 *
 * @returns The result, also if the host cannot be drilled: then its state is `not run`, which is no pass.
 * @throws The reason of `run.signal` if it is aborted.
 */
export async function drill(
  host: Host,
  reader: StoreReader,
  { identities, seed = newSeed(), temp }: DrillOptions,
  run: Run,
): Promise<HostDrill> {
  return await rehearse(host, reader, { keys: identities, seed, temp }, run);
}

/** Options of {@link rehearse}. */
export interface Rehearsal {
  readonly keys: KeySource;
  readonly seed: string;
  readonly temp?: string | undefined;
  /** Default: the code of `restore`. */
  readonly restore?: Restorer;
  /** Default: the newest complete snapshot and a random older one. */
  readonly choose?: Choose;
}

/** Drills a host like {@link drill}: also with session keys, other snapshots or other programs. */
export async function rehearse(
  host: Host,
  reader: StoreReader,
  options: Rehearsal,
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
  options: Rehearsal,
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
