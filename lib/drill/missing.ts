import type { Run } from "../app/events.ts";
import { HOSTS_AT_ONCE } from "../app/hosts.ts";
import type { Host } from "../config/types.ts";
import { Failure, reason, withHint } from "../model/failure.ts";
import { isOfOneSnapshot } from "../snapshots/snapshots.ts";
import type { StoreReader } from "../store/contract.ts";
import { inOrder } from "../workers/in_order.ts";
import { type Choose, chooseBy, choosePlanned } from "./choose.ts";
import { missingKeys } from "./gather.ts";
import type { Plan, PlannedSnapshot } from "./plan.ts";
import type { Packets, SessionKeys } from "./request.ts";
import { sampleRandom } from "./snapshot_drill.ts";

/** Opens the store of a host for as long as its second argument takes. */
type WithReader = <T>(host: Host, body: (reader: StoreReader) => Promise<T>) => Promise<T>;

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
 * Plans a drill, or goes on with a planned one, and collects the packets of the session keys that are missing, of several
 * hosts at the same time. A host that cannot be read is in the plan without a snapshot.
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
  const look = async (host: Host): Promise<readonly [string, HostMissing | string]> => {
    try {
      return [host.name, await withReader(host, (reader) => missingOfHost(host, reader, how, run))];
    } catch (error) {
      run.signal.throwIfAborted();
      return [host.name, error instanceof Failure ? withHint(error) : reason(error)];
    }
  };
  for await (const [host, found] of inOrder(hosts, HOSTS_AT_ONCE, look)) {
    const snapshots = typeof found === "string" ? [] : found.snapshots;
    if (answered === undefined) planned.set(host, snapshots);
    if (typeof found === "string") failed.set(host, found);
    else for (const [id, bytes] of found.packets) packets.set(id, bytes);
  }
  return { plan: { seed: how.seed, hosts: planned }, packets, failed };
}

interface HostMissing {
  readonly snapshots: readonly PlannedSnapshot[];
  readonly packets: Packets;
}

async function missingOfHost(
  host: Host,
  reader: StoreReader,
  { choose, seed, keys }: { readonly choose: Choose; readonly seed: string; readonly keys: SessionKeys },
  run: Run,
): Promise<HostMissing> {
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
