import type { Run } from "../app/events.ts";
import type { Host } from "../config/types.ts";
import { type ChainMember, chainOrder, linksAlone } from "../model/chain_order.ts";
import { DAY_MS } from "../model/day.ts";
import { list } from "../snapshots/list.ts";
import { neededSnapshot, type Snapshot } from "../snapshots/snapshots.ts";
import type { StoreReader } from "../store/contract.ts";
import type { Check } from "./check.ts";
import type { Random } from "./random.ts";

/** Snapshots that a drill looks at. */
export interface Chosen {
  /** The newest complete one first, then an older one, if there is any. */
  readonly snapshots: readonly Snapshot[];
  /** Number of snapshots with a good receipt in the store. */
  readonly count: number;
  /** Receipts that are damaged or could not be read. */
  readonly flaws: readonly Check[];
}

/** Receipts with a flaw that are named. */
const MAX_FLAWS = 50;

/**
 * Chooses the newest complete snapshot of a host, and a random one of the older ones that must still be kept. Reads all
 * receipts.
 */
export async function chooseSnapshots(
  host: Host,
  reader: StoreReader,
  random: Random,
  run: Run,
): Promise<Chosen> {
  const good: (ChainMember & { readonly isComplete: boolean })[] = [];
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
  const { members } = chainOrder(good);
  const newest = members.findLast(({ isComplete }) => isComplete);
  const kept = run.now().getTime() - host.retention.days * DAY_MS;
  const older = members.slice(0, newest === undefined ? 0 : members.indexOf(newest))
    .filter(({ storedAt }) => storedAt.getTime() > kept);
  const chosen = [newest, older[random.below(older.length)]].filter((it) => it !== undefined);
  const snapshots: Snapshot[] = [];
  for (const { id, commitment } of chosen) {
    const found = await neededSnapshot(reader, host.name, { snapshot: id, receipt: commitment }, run.signal);
    snapshots.push({ ...found, pinned: host.signers.length > 0 });
  }
  return { snapshots, count: good.length, flaws };
}
