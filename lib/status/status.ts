import type { Run } from "../app/events.ts";
import { HOSTS_AT_ONCE } from "../app/hosts.ts";
import type { Host } from "../config/types.ts";
import { Failure, withHint } from "../model/failure.ts";
import type { StoreReader } from "../store/contract.ts";
import { inOrder } from "../workers/in_order.ts";
import type { HostFacts } from "./facts.ts";
import { gatherFacts } from "./gather.ts";
import type { ProofRecords } from "./proof.ts";
import type { Readers, Remembering, WithReader } from "./readers.ts";
import { type Alert, alertsOf, type RuleName, usualInterval } from "./rules.ts";

/** State of a host. `unknown`: its store could not be read. */
export type HostState = "good" | "warning" | "critical" | "unknown";

/** Status of a host. */
export type HostStatus =
  | {
    readonly host: string;
    readonly state: Exclude<HostState, "unknown">;
    readonly facts: HostFacts;
    /** Alerts, the most severe first; empty if the state is `good`. */
    readonly alerts: readonly Alert[];
  }
  | {
    readonly host: string;
    readonly state: "unknown";
    /** Reason why its store could not be read. */
    readonly error: string;
  };

/** Status of a host whose store could be read. */
type Known = Exclude<HostStatus, { state: "unknown" }>;

/**
 * Yields the status of several hosts, in the order in which they were given. If a host cannot be read, the
 * others are still processed.
 *
 * @param withReader Runs its second argument with a reader of the host's store, or of a mirror.
 * @param remembering Returns a reader that asks a store only for new objects, unless the host needs
 *   attention.
 */
export async function* status(
  hosts: Iterable<Host>,
  withReader: WithReader,
  records: ProofRecords,
  run: Run,
  remembering: Remembering = () => Promise.resolve(undefined),
): AsyncGenerator<HostStatus> {
  const readers = { withReader, remembering };
  const look = async (host: Host): Promise<HostStatus> => {
    try {
      return await withReader(host, async (reader) => {
        const remembered = await remembering(host, reader);
        const first = await lookThrough(host, remembered ?? reader, readers, records, run);
        const isSettled = first.alerts.every(({ rule }) => APART_FROM_STORE.includes(rule));
        if (isSettled || !remembered?.isPartial) return first;
        remembered.forget();
        return await lookThrough(host, remembered, readers, records, run);
      });
    } catch (error) {
      if (run.signal.aborted || !(error instanceof Failure)) throw error;
      return { host: host.name, state: "unknown", error: withHint(error) };
    }
  };
  yield* inOrder(hosts, HOSTS_AT_ONCE, look);
}

async function lookThrough(
  host: Host,
  reader: StoreReader,
  readers: Readers,
  records: ProofRecords,
  run: Run,
): Promise<Known> {
  return judge(host, await gatherFacts(host, reader, readers, records, run), run.now());
}

/** Rules about the config, mirrors and the records of this machine, which do not depend on a listing of the store. */
const APART_FROM_STORE: readonly RuleName[] = ["verified", "drilled", "mirrored", "signer", "recipient"];

function judge({ expect, alerts: thresholds }: Host, facts: HostFacts, now: Date): Known {
  const interval = expect.every ?? usualInterval(facts.nights);
  const alerts = alertsOf({ facts, thresholds, interval, now });
  return { host: facts.host, state: alerts[0]?.severity ?? "good", facts, alerts };
}

/**
 * Whether anything of a host is damaged: in the store, in a mirror, or in content that a verification or a drill has read.
 */
export function isDamaged(it: HostStatus): boolean {
  if (it.state === "unknown") return false;
  const { verified, drilled, mirrors } = it.facts;
  return it.alerts.some(({ rule, severity }) =>
    severity === "critical" && (
      rule === "integrity" ||
      (rule === "mirrored" &&
        mirrors.some(({ findings }) => findings.some(({ kind }) => kind === "damage"))) ||
      (rule === "verified" && [verified, ...mirrors.map((it) => it.verified)].some((it) => it?.damage)) ||
      (rule === "drilled" && drilled?.result === "failed")
    )
  );
}

/** Returns hosts sorted by state, the worst first, and by name. */
export function worstFirst(statuses: readonly HostStatus[]): HostStatus[] {
  const order: readonly HostState[] = ["critical", "unknown", "warning", "good"];
  return [...statuses].sort((a, b) =>
    order.indexOf(a.state) - order.indexOf(b.state) || (a.host < b.host ? -1 : 1)
  );
}
