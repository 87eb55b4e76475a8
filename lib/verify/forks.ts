import type { Receipt } from "../model/receipt.ts";

/** Snapshot, with the links of its receipt to other receipts. */
export interface ChainLink {
  readonly id: string;
  /** Commitment of its receipt. */
  readonly commitment: string;
  readonly receipt: Pick<Receipt, "previous" | "attempted" | "signer">;
}

/** Snapshot that follows another one, which a further snapshot follows, too. */
export interface Fork {
  /** Snapshot that both follow. */
  readonly from: ChainLink;
  /** Snapshot that followed it first. */
  readonly other: ChainLink;
  /** Whether the other branch has snapshots after this one: then two machines write as the host. */
  readonly bothGoOn: boolean;
  /** Whether the same key has signed this snapshot and the one that it follows. */
  readonly sameSigner: boolean;
}

/**
 * Finds the forks of the chain of receipts. A host whose state directory was restored from an older copy
 * continues from there, and so does a clone of it. Neither can be distinguished from a thief of the signing
 * key.
 *
 * @param members Snapshots in the order in which they were created.
 * @returns Forks, by the snapshots that create them.
 */
export function findForks<Link extends ChainLink>(members: readonly Link[]): Map<Link, Fork> {
  const branches = new Branches(members);
  const forks = new Map<Link, Fork>();
  for (const member of members) {
    const found = branches.take(member);
    if (found === undefined) continue;
    const { from, other } = found;
    const sameSigner = member.receipt.signer.fingerprint === from.receipt.signer.fingerprint;
    forks.set(member, { from, other, sameSigner, bothGoOn: false });
  }
  for (const [member, fork] of forks) {
    forks.set(member, { ...fork, bothGoOn: branches.goesOnAfter(fork.other, member) });
  }
  return forks;
}

/**
 * Branches of a chain. Each member belongs to the branch of the one before it, unless another member follows
 * that one already.
 */
class Branches {
  readonly #place: ReadonlyMap<ChainLink, number>;
  readonly #known = new Map<string, ChainLink>();
  readonly #next = new Map<ChainLink, ChainLink>();
  readonly #branch = new Map<ChainLink, number>();
  /** Position of the last member of each branch. */
  readonly #last: number[] = [];

  constructor(members: readonly ChainLink[]) {
    this.#place = new Map(members.map((it, at) => [it, at]));
  }

  /** Adds the next member. If another member already follows the same one, returns both of these. */
  take(member: ChainLink): { from: ChainLink; other: ChainLink } | undefined {
    const from = this.#before(member);
    const other = from && this.#next.get(from);
    const branch = from === undefined || other !== undefined ? this.#last.length : this.#branch.get(from)!;
    this.#branch.set(member, branch);
    this.#last[branch] = this.#place.get(member)!;
    this.#known.set(member.commitment, member);
    if (from !== undefined && other === undefined) this.#next.set(from, member);
    return from && other && { from, other };
  }

  /** Whether the branch of one member has members after another one. */
  goesOnAfter(one: ChainLink, other: ChainLink): boolean {
    return this.#last[this.#branch.get(one)!]! > this.#place.get(other)!;
  }

  /** Returns the last of the members that a receipt refers to. */
  #before({ receipt: { previous, attempted } }: ChainLink): ChainLink | undefined {
    const found = [previous, ...attempted].flatMap((link) => this.#known.get(link?.commitment ?? "") ?? []);
    return found.sort((a, b) => this.#place.get(b)! - this.#place.get(a)!)[0];
  }
}
