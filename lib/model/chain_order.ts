import type { Receipt, ReceiptLink } from "./receipt.ts";

/** Properties of a snapshot that determine the order of snapshots. */
export interface ChainMember {
  readonly id: string;
  /** Commitment of its receipt. */
  readonly commitment: string;
  /** Time at which the store received the receipt. */
  readonly storedAt: Date;
  readonly receipt: Pick<Receipt, "previous" | "attempted" | "finished">;
}

/** Snapshots in the order in which they were created. */
export interface ChainOrder<Member extends ChainMember> {
  /** Snapshots, the oldest first. */
  readonly members: readonly Member[];
  /**
   * Two snapshots that the store dates in the opposite order of their chain; undefined if there are none.
   */
  readonly contradiction: { readonly earlier: Member; readonly later: Member } | undefined;
}

/**
 * Sorts snapshots in the order of their chain: each after those that its receipt refers to. The receipt is
 * signed, whereas the dates of the store change when a store is copied.
 *
 * Where the chain does not determine the order (a new chain, a gap, a fork), the dates of the store do. If
 * these contradict the chain anywhere, the times in the receipts are used instead. Equal times are ordered by
 * id, so the order is always the same.
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

/**
 * Returns only the properties that determine the order: there may be many snapshots, and receipts are large.
 */
export function linksAlone({ id, commitment, storedAt, receipt }: ChainMember): ChainMember {
  const { previous, attempted, finished } = receipt;
  return { id, commitment, storedAt, receipt: { previous, attempted, finished } };
}

/** Returns the receipts that a receipt refers to. */
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

/**
 * Sorts each member after those before it, and otherwise keeps the order. It does not use recursion, because
 * a chain may be long.
 */
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
