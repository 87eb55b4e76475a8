import type { Receipt, ReceiptLink } from "./receipt.ts";

/** What determines the order of snapshots. */
export interface ChainMember {
  readonly id: string;
  /** Commitment of its receipt. */
  readonly commitment: string;
  /** When the store took the receipt. */
  readonly storedAt: Date;
  readonly receipt: Pick<Receipt, "previous" | "attempted" | "finished">;
}

/** Snapshots in the order in which they were made. */
export interface ChainOrder<Member extends ChainMember> {
  /** The oldest first. */
  readonly members: readonly Member[];
  /** A snapshot that the store dates before one that its receipt follows; undefined if there is none. */
  readonly contradiction: { readonly earlier: Member; readonly later: Member } | undefined;
}

/**
 * Puts snapshots into the order of their chain: each follows those that its receipt speaks of. That is signed, whereas
 * the store's dates change when a store is copied.
 *
 * Where the chain says nothing (a new chain, a gap, a fork) the dates decide, unless they contradict the chain somewhere:
 * then the times that the receipts say do. Ids settle what is left, so the order is always the same.
 */
export function chainOrder<Member extends ChainMember>(snapshots: readonly Member[]): ChainOrder<Member> {
  const known = new Map(snapshots.map((it) => [it.commitment, it]));
  const before = (it: Member): Member[] =>
    linksOf(it).flatMap(({ commitment }) => known.get(commitment) ?? []).filter((other) => other !== it);
  const contradiction = contradictionIn(snapshots, before);
  const time = contradiction === undefined ? storedTime : signedTime;
  const sorted = [...snapshots].sort((a, b) => time(a) - time(b) || (a.id < b.id ? -1 : 1));
  return { members: followed(sorted, before), contradiction };
}

/** Keeps what determines the order: there may be many snapshots, and receipts are large. */
export function linksAlone({ id, commitment, storedAt, receipt }: ChainMember): ChainMember {
  const { previous, attempted, finished } = receipt;
  return { id, commitment, storedAt, receipt: { previous, attempted, finished } };
}

/** Receipts that a receipt speaks of. */
export function linksOf({ receipt }: Pick<ChainMember, "receipt">): ReceiptLink[] {
  const { previous, attempted } = receipt;
  return previous === null ? [...attempted] : [previous, ...attempted];
}

function contradictionIn<Member extends ChainMember>(
  snapshots: readonly Member[],
  before: (it: Member) => Member[],
): ChainOrder<Member>["contradiction"] {
  for (const later of snapshots) {
    const earlier = before(later).find((it) => it.storedAt > later.storedAt);
    if (earlier !== undefined) return { earlier, later };
  }
  return undefined;
}

/** Each behind those before it, and else as they stand. Written without recursion: a chain may be long. */
function followed<Member extends ChainMember>(
  sorted: readonly Member[],
  before: (it: Member) => Member[],
): Member[] {
  const done = new Set<Member>();
  const begun = new Set<Member>();
  for (const next of sorted) {
    const stack = [next];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const waiting = begun.has(top) ? [] : before(top).filter((it) => !done.has(it) && !begun.has(it));
      begun.add(top);
      if (waiting.length > 0) stack.push(...waiting.reverse());
      else done.add(stack.pop()!);
    }
  }
  return [...done];
}

function storedTime({ storedAt }: ChainMember): number {
  return storedAt.getTime();
}

function signedTime({ receipt }: ChainMember): number {
  return Date.parse(receipt.finished);
}
