import { type ChainMember, type ChainOrder, linksOf } from "../model/chain_order.ts";

/** Maximum number of ends of the chain that are checked: the newest. */
const MAX_ENDS = 100;

/** Yields the reasons, in words, why the dates may not be those at which the snapshots were created. */
export function* dateDoubts({ members, contradiction }: ChainOrder<ChainMember>): Generator<string> {
  const last = members.at(-1);
  if (last === undefined) return;
  if (contradiction !== undefined) {
    const { earlier, later } = contradiction;
    yield `The store's dates contradict the chain of receipts: ${later.id} follows ${earlier.id}, but the store dates ` +
      "it before. The store was copied, or its clock was changed. The order of the chain counts; until when snapshots " +
      "can be restored is counted from the dates of this store";
  }
  const newer = endsOf(members).find((it) =>
    isApart(it, last, members) && it.receipt.finished > last.receipt.finished
  );
  if (newer !== undefined) {
    yield `By the host's clock ${newer.id} is newer than ${last.id}, by the store's dates older, and the chain of ` +
      "receipts does not connect them. The store's dates count";
  }
}

/**
 * Yields the reasons, in words, why the newest snapshot may be another one than expected: {@link dateDoubts},
 * or a chain with two ends.
 *
 * @param acknowledged Ids of snapshots at which the owner knows of a fork.
 */
export function* chainDoubts(
  order: ChainOrder<ChainMember>,
  acknowledged: readonly string[],
): Generator<string> {
  yield* dateDoubts(order);
  const { members } = order;
  const last = members.at(-1);
  const fork = endsOf(members).find((it) => {
    const first = forkOf(it, last!, members);
    return first !== undefined && !first.some((id) => acknowledged.includes(id));
  });
  if (fork === undefined) return;
  yield `The chain of receipts has two ends, ${fork.id} and ${
    last!.id
  }: the host was copied, its state directory was put ` +
    "back, or somebody else has its signing key. The one that was stored last counts";
}

/** Returns the newest of the snapshots that no other one follows, except the last. */
function endsOf(members: readonly ChainMember[]): ChainMember[] {
  const followed = new Set(members.flatMap((it) => linksOf(it).map(({ commitment }) => commitment)));
  return members.slice(0, -1).filter((it) => !followed.has(it.commitment)).slice(-MAX_ENDS);
}

function isApart(end: ChainMember, last: ChainMember, members: readonly ChainMember[]): boolean {
  return forkOf(end, last, members) === undefined;
}

/**
 * Returns the first snapshots of two branches, if two ends go back to one snapshot, whether it still exists
 * or not.
 */
function forkOf(
  end: ChainMember,
  last: ChainMember,
  members: readonly ChainMember[],
): [end: string, last: string] | undefined {
  const known = new Map(members.map((it) => [it.commitment, it]));
  const lineage = lineageOf(last, known);
  for (const [before, id] of lineageOf(end, known)) {
    const other = lineage.get(before);
    if (other !== undefined) return [id, other];
  }
  return undefined;
}

/**
 * Returns the predecessors of a snapshot, the nearest first: for each commitment, the id of the snapshot that
 * follows it.
 */
function lineageOf(member: ChainMember, known: ReadonlyMap<string, ChainMember>): Map<string, string> {
  const lineage = new Map<string, string>();
  for (let next: ChainMember | undefined = member; next !== undefined;) {
    const commitment: string | undefined = next.receipt.previous?.commitment;
    if (commitment === undefined || lineage.has(commitment)) break;
    lineage.set(commitment, next.id);
    next = known.get(commitment);
  }
  return lineage;
}
