import type { Receipt } from "../model/receipt.ts";

/** Snapshot, with what its receipt says of the chain. */
export interface ChainLink {
  readonly id: string;
  /** Commitment of its receipt. */
  readonly commitment: string;
  readonly receipt: Pick<Receipt, "previous" | "attempted" | "signer">;
}

/** A snapshot that follows one which another snapshot follows, too. */
export interface Fork {
  /** Snapshot that both follow. */
  readonly from: ChainLink;
  /** The one that followed it first. */
  readonly other: ChainLink;
  /** Whether snapshots of the other branch were made after this one: then two machines write as the host. */
  readonly bothGoOn: boolean;
  /** Whether the key that signed it is the one that signed what it follows. */
  readonly sameSigner: boolean;
}

/**
 * Finds where the chain of receipts forks. A host whose state directory was put back from an older copy goes on from
 * there, and so does a clone of it. Neither can be distinguished from a thief of the signing key.
 *
 * @param members in the order in which they were made.
 * @returns The forks by the snapshots that make them.
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

/** The branches of a chain. Each member belongs to that of the one before it, unless another follows that already. */
class Branches {
  readonly #place: ReadonlyMap<ChainLink, number>;
  readonly #known = new Map<string, ChainLink>();
  readonly #next = new Map<ChainLink, ChainLink>();
  readonly #branch = new Map<ChainLink, number>();
  /** By branch, the place of its last member. */
  readonly #last: number[] = [];

  constructor(members: readonly ChainLink[]) {
    this.#place = new Map(members.map((it, at) => [it, at]));
  }

  /** Adds the next member; gives what it follows, and what follows that already, where there is such a one. */
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

  /** Whether the branch of one has members after another. */
  goesOnAfter(one: ChainLink, other: ChainLink): boolean {
    return this.#last[this.#branch.get(one)!]! > this.#place.get(other)!;
  }

  /** The last of those that a receipt speaks of. */
  #before({ receipt: { previous, attempted } }: ChainLink): ChainLink | undefined {
    const found = [previous, ...attempted].flatMap((link) => this.#known.get(link?.commitment ?? "") ?? []);
    return found.sort((a, b) => this.#place.get(b)! - this.#place.get(a)!)[0];
  }
}
