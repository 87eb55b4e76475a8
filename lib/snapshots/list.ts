import type { Host } from "../config/types.ts";
import type { Run } from "../app/events.ts";
import { type ChainMember, chainOrder, linksAlone } from "../model/chain_order.ts";
import { Failure, withHint } from "../model/failure.ts";
import { chainDoubts } from "./chain_doubts.ts";
import { PassedOver } from "./passed_over.ts";
import { type ReadDirectory, readSnapshots } from "./receipts_ahead.ts";
import { type Snapshot, Unfinished } from "./snapshots.ts";
import { StoreError, type StoreReader } from "../store/contract.ts";

/** Directory without a good snapshot: it has no receipt, one that cannot be trusted, or one that cannot be read. */
export type Flaw = "unfinished" | "damaged" | "unreadable";

/** Line of the list. */
export type ListLine =
  | {
    readonly kind: "snapshot";
    readonly snapshot: Snapshot;
    /** Number of other receipts in its directory, which an intruder has put there. */
    readonly otherReceipts: number;
  }
  | { readonly kind: Flaw; readonly id: string; readonly why: string }
  /** Further directories with the same flaw, which are only counted. */
  | { readonly kind: "more"; readonly flaw: Flaw; readonly count: number }
  /** Reason why the last snapshot may be another one than expected. */
  | { readonly kind: "doubt"; readonly why: string };

/**
 * Maximum number of directories with a flaw that are listed one by one. An intruder with the host's
 * credentials can create 100,000.
 */
const MAX_FLAWED = 50;

/**
 * Lists the snapshots of a host by their receipts alone: no private key is needed. A snapshot that cannot be
 * read is an item of the list.
 */
export async function* list(host: Host, reader: StoreReader, run: Run): AsyncGenerator<ListLine> {
  const good: ChainMember[] = [];
  const counts = new Map<Flaw, number>();
  const count = (flaw: Flaw, more = 1): number => {
    counts.set(flaw, (counts.get(flaw) ?? 0) + more);
    return counts.get(flaw)!;
  };
  const passedOver = new PassedOver();
  for await (const read of readSnapshots(reader, host, run, { passedOver: passedOver.add })) {
    const listed = lineOf(read);
    if (listed.kind === "snapshot") good.push(linksAlone(listed.snapshot));
    else if (count(listed.kind) > MAX_FLAWED) continue;
    yield listed;
  }
  for (const [name, error] of passedOver.unreadable) {
    if (count("unreadable") > MAX_FLAWED) continue;
    yield { kind: "unreadable", id: name.split("/")[1] ?? "", why: withHint(error) };
  }
  count("unreadable", passedOver.moreUnreadable);
  for (const [flaw, all] of counts) {
    if (all > MAX_FLAWED) yield { kind: "more", flaw, count: all - MAX_FLAWED };
  }
  for (const why of chainDoubts(chainOrder(good), host.acknowledged)) yield { kind: "doubt", why };
}

type Seen = Extract<ListLine, { kind: "snapshot" | Flaw }>;

function lineOf({ directory: { id, receipts }, snapshot }: ReadDirectory): Seen {
  if (!(snapshot instanceof Failure)) {
    return { kind: "snapshot", snapshot, otherReceipts: receipts.length - 1 };
  }
  if (snapshot instanceof StoreError) return { kind: "unreadable", id, why: withHint(snapshot) };
  const kind = snapshot instanceof Unfinished ? "unfinished" : "damaged";
  return { kind, id, why: snapshot.message };
}
