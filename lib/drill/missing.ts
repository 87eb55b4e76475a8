import type { Run } from "../app/events.ts";
import type { Host } from "../config/types.ts";
import { Failure, reason, withHint } from "../model/failure.ts";
import { isOfOneSnapshot } from "../snapshots/snapshots.ts";
import type { StoreReader } from "../store/contract.ts";
import { type Choose, chooseBy, choosePlanned } from "./choose.ts";
import type { WithReader } from "./drill.ts";
import { missingKeys } from "./gather.ts";
import type { Plan, PlannedSnapshot } from "./plan.ts";
import type { Packets, SessionKeys } from "./request.ts";
import { sampleRandom } from "./snapshot_drill.ts";

/** Request of a drill with the private key on another machine. */
export interface Missing {
  readonly plan: Plan;
  /** Packets of the session keys that no answer has so far. */
  readonly packets: Packets;
  /** Hosts whose packets could not be read, with the reason. */
  readonly failed: ReadonlyMap<string, string>;
}

/** A drill that was planned before, with the session keys of all answers so far. */
export interface Answered {
  readonly plan: Plan;
  readonly keys: SessionKeys;
}

/**
 * Plans a drill, or goes on with a planned one, and collects the packets of the session keys that are missing. A host that
 * cannot be read is in the plan without a snapshot.
 *
 * @param seed For a new plan.
 */
export async function missingOf(
  hosts: Iterable<Host>,
  withReader: WithReader,
  { seed, answered }: { readonly seed: string; readonly answered: Answered | undefined },
  run: Run,
): Promise<Missing> {
  const planned = new Map<string, readonly PlannedSnapshot[]>(answered?.plan.hosts);
  const packets = new Map<string, Uint8Array>();
  const failed = new Map<string, string>();
  const how = answered === undefined
    ? { choose: chooseBy(seed), seed, keys: new Map<string, Uint8Array>() }
    : { choose: choosePlanned(answered.plan.hosts), seed: answered.plan.seed, keys: answered.keys };
  for (const host of hosts) {
    if (answered === undefined) planned.set(host.name, []);
    try {
      const found = await withReader(host, (reader) => missingOfHost(host, reader, how, run));
      if (answered === undefined) planned.set(host.name, found.snapshots);
      for (const [id, bytes] of found.packets) packets.set(id, bytes);
    } catch (error) {
      run.signal.throwIfAborted();
      failed.set(host.name, error instanceof Failure ? withHint(error) : reason(error));
    }
  }
  return { plan: { seed: how.seed, hosts: planned }, packets, failed };
}

async function missingOfHost(
  host: Host,
  reader: StoreReader,
  { choose, seed, keys }: { readonly choose: Choose; readonly seed: string; readonly keys: SessionKeys },
  run: Run,
): Promise<{ readonly snapshots: readonly PlannedSnapshot[]; readonly packets: Packets }> {
  const { snapshots } = await choose(host, reader, run);
  const packets = new Map<string, Uint8Array>();
  for (const [at, snapshot] of snapshots.entries()) {
    const options = { settings: host.drill, random: sampleRandom(seed, snapshot), dumps: at === 0 };
    try {
      const missing = await missingKeys(snapshot, reader, keys, options, run.signal);
      for (const [id, bytes] of missing) packets.set(id, bytes);
    } catch (error) {
      if (!isOfOneSnapshot(error)) throw error; // the drill reports it
    }
  }
  return { snapshots: snapshots.map(({ id, commitment }) => ({ snapshot: id, commitment })), packets };
}
