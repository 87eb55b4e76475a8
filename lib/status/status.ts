import type { Run } from "../app/events.ts";
import type { Host } from "../config/types.ts";
import { Failure, withHint } from "../model/failure.ts";
import type { RememberingReader } from "../store/cache/remembering_reader.ts";
import type { StoreReader } from "../store/contract.ts";
import { inOrder } from "../workers/in_order.ts";
import type { HostFacts } from "./facts.ts";
import { gatherFacts, type ProofRecords } from "./gather.ts";
import { type Alert, alertsOf, type RuleName, usualInterval } from "./rules.ts";

/** How a host is, in one word. `unknown`: its store could not be read. */
export type HostState = "good" | "warning" | "critical" | "unknown";

/** What the owner should know of a host. */
export type HostStatus =
  | {
    readonly host: string;
    readonly state: Exclude<HostState, "unknown">;
    readonly facts: HostFacts;
    /** The most severe first; none if the state is `good`. */
    readonly alerts: readonly Alert[];
  }
  | {
    readonly host: string;
    readonly state: "unknown";
    /** Why its store could not be read. */
    readonly error: string;
  };

/** What is known of a host whose store could be read. */
type Known = Exclude<HostStatus, { state: "unknown" }>;

/** Hosts that are looked at together: a listing mostly waits for the store. */
const AT_ONCE = 8;

/** Returns a reader that remembers what it listed of a host; undefined if nothing can be remembered of its store. */
export type Remembering = (host: Host, reader: StoreReader) => Promise<RememberingReader | undefined>;

/**
 * Looks at the backups of several hosts. One that cannot be looked at does not keep the others from it.
 *
 * @param withReader opens the store of a host for as long as its second argument takes.
 * @param remembering With it a store is asked only for what is new, unless the host then needs attention.
 * @returns The hosts in the order in which they were given.
 */
export async function* status(
  hosts: Iterable<Host>,
  withReader: <T>(host: Host, body: (reader: StoreReader) => Promise<T>) => Promise<T>,
  records: ProofRecords,
  run: Run,
  remembering: Remembering = () => Promise.resolve(undefined),
): AsyncGenerator<HostStatus> {
  const look = async (host: Host): Promise<HostStatus> => {
    try {
      return await withReader(host, async (reader) => {
        const remembered = await remembering(host, reader);
        const first = await lookThrough(host, remembered ?? reader, records, run);
        const isSettled = first.alerts.every(({ rule }) => RECORDED.includes(rule));
        if (isSettled || !remembered?.isPartial) return first;
        remembered.forget();
        return await lookThrough(host, remembered, records, run);
      });
    } catch (error) {
      if (run.signal.aborted || !(error instanceof Failure)) throw error;
      return { host: host.name, state: "unknown", error: withHint(error) };
    }
  };
  yield* inOrder(hosts, AT_ONCE, look);
}

async function lookThrough(host: Host, reader: StoreReader, records: ProofRecords, run: Run): Promise<Known> {
  return judge(host, await gatherFacts(host, reader, records, run), run.now());
}

/** Rules about records of this machine, which another listing does not change. */
const RECORDED: readonly RuleName[] = ["verified", "drilled"];

function judge({ expect, alerts: thresholds }: Host, facts: HostFacts, now: Date): Known {
  const interval = expect.every ?? usualInterval(facts.nights);
  const alerts = alertsOf({ facts, thresholds, interval, now });
  return { host: facts.host, state: alerts[0]?.severity ?? "good", facts, alerts };
}

/** Whether something of a host is damaged: in the store, or in what a verification or a drill has read. */
export function isDamaged(it: HostStatus): boolean {
  if (it.state === "unknown") return false;
  const { verified, drilled } = it.facts;
  return it.alerts.some(({ rule, severity }) =>
    severity === "critical" && (
      rule === "integrity" ||
      (rule === "verified" && typeof verified?.damage === "object" && verified.damage !== null) ||
      (rule === "drilled" && drilled?.result === "failed")
    )
  );
}

/** The worst first, and hosts of one state by their names. */
export function worstFirst(statuses: readonly HostStatus[]): HostStatus[] {
  const order: readonly HostState[] = ["critical", "unknown", "warning", "good"];
  return [...statuses].sort((a, b) =>
    order.indexOf(a.state) - order.indexOf(b.state) || (a.host < b.host ? -1 : 1)
  );
}
