import type { Run } from "../app/events.ts";
import type { Host } from "../config/types.ts";
import { type ChainMember, chainOrder, linksAlone } from "../model/chain_order.ts";
import { DAY_MS } from "../model/day.ts";
import { list } from "../snapshots/list.ts";
import { neededSnapshot, type Snapshot } from "../snapshots/snapshots.ts";
import type { StoreReader } from "../store/contract.ts";
import type { Check } from "./check.ts";
import type { PlannedSnapshot } from "./plan.ts";
import { Random } from "./random.ts";

/** Snapshots to drill: the dumps of the first one are checked. */
export interface Choice {
  readonly snapshots: readonly Snapshot[];
  /** Number of snapshots with a good receipt in the store. */
  readonly count: number;
  /** Checks of receipts that did not pass. */
  readonly flaws: readonly Check[];
}

/** Chooses the snapshots of a host. */
export type Choose = (host: Host, reader: StoreReader, run: Run) => Promise<Choice>;

type Member = ChainMember & { readonly isComplete: boolean };

/** Receipts with a flaw that are named. */
const MAX_FLAWS = 50;

/**
 * Chooses the newest complete snapshot of a host, and a random one of the older ones that must still be kept. Without a
 * complete one, the newest is chosen, and the drill does not pass.
 */
export function chooseBy(seed: string): Choose {
  return async (host, reader, run) => {
    const { members, flaws } = await survey(host, reader, run);
    const complete = members.findLast(({ isComplete }) => isComplete);
    const newest = complete ?? members.at(-1);
    const kept = run.now().getTime() - host.retention.days * DAY_MS;
    const older = members.slice(0, newest === undefined ? 0 : members.indexOf(newest))
      .filter(({ storedAt }) => storedAt.getTime() > kept);
    const random = new Random(`${seed} ${host.name}`);
    const chosen = [newest, older[random.below(older.length)]].filter((it) => it !== undefined);
    const snapshots = await opened(chosen, host, reader, run);
    const none: Check = {
      subject: "receipt",
      state: "not run",
      reason: "There is no complete snapshot in the store",
    };
    return { snapshots, count: members.length, flaws: complete === undefined ? [...flaws, none] : flaws };
  };
}

/** Chooses the snapshots that a plan names. One that is not in the store any more is a failed check. */
export function choosePlanned(hosts: ReadonlyMap<string, readonly PlannedSnapshot[]>): Choose {
  return async (host, reader, run) => {
    const planned = hosts.get(host.name) ?? [];
    const { members, flaws } = await survey(host, reader, run);
    const known = new Map(members.map((it) => [it.commitment, it]));
    const found = planned.flatMap(({ commitment }) => known.get(commitment) ?? []);
    const lost = planned.filter(({ commitment }) => !known.has(commitment)).map(({ snapshot }): Check => ({
      snapshot,
      subject: "receipt",
      state: "failed",
      reason: "The request names it, and its receipt is not in the store any more",
    }));
    const none: Check = {
      subject: "receipt",
      state: "not run",
      reason: "The request names no snapshot of it",
    };
    return {
      snapshots: await opened(found, host, reader, run),
      count: members.length,
      flaws: [...flaws, ...lost, ...(planned.length === 0 ? [none] : [])],
    };
  };
}

/** Reads all receipts of a host. */
async function survey(
  host: Host,
  reader: StoreReader,
  run: Run,
): Promise<{ readonly members: readonly Member[]; readonly flaws: readonly Check[] }> {
  const good: Member[] = [];
  const flaws: Check[] = [];
  for await (const line of list(host, reader, run)) {
    if (line.kind === "snapshot") {
      good.push({ ...linksAlone(line.snapshot), isComplete: line.snapshot.receipt.unread === 0 });
    } else if (line.kind === "doubt") run.report({ event: "warning", text: line.why });
    else if (line.kind !== "more" && line.kind !== "unfinished" && flaws.length < MAX_FLAWS) {
      const state = line.kind === "damaged" ? "failed" : "not run";
      flaws.push({ snapshot: line.id, subject: "receipt", state, reason: line.why });
    }
  }
  return { members: chainOrder(good).members, flaws };
}

/** Reads the receipts of chosen snapshots once more: to keep all of them would take too much memory. */
async function opened(
  chosen: readonly Member[],
  host: Host,
  reader: StoreReader,
  run: Run,
): Promise<Snapshot[]> {
  const snapshots: Snapshot[] = [];
  for (const { id, commitment } of chosen) {
    const found = await neededSnapshot(reader, host.name, { snapshot: id, receipt: commitment }, run.signal);
    snapshots.push({ ...found, pinned: host.signers.length > 0 });
  }
  return snapshots;
}
