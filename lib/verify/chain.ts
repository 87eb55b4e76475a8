import type { Finding } from "./findings.ts";
import { findForks, type Fork } from "./forks.ts";
import { type ChainMember, chainOrder } from "../model/chain_order.ts";
import { DAY_MS } from "../model/day.ts";
import type { Receipt } from "../model/receipt.ts";
import { snapshotTime } from "../model/snapshot.ts";

/** Snapshot, with the links of its receipt to other receipts. */
export type ChainLink = ChainMember & { readonly receipt: Pick<Receipt, "signer"> };

type ChainFinding = Pick<Finding, "kind" | "what"> & { readonly snapshot: string };

/**
 * Checks the chain of one host's receipts. Each receipt must name the one before it (see {@linkcode
 * chainOrder}) by its commitment. If it does not, a receipt was removed or inserted, or the host's state
 * directory was lost or copied.
 *
 * A chain does not show its end: a host whose newest snapshots are all removed looks like a host that has
 * stopped. `status` reports that.
 *
 * @param retentionDays Days for which a snapshot is kept: an older predecessor may have expired.
 * @param signers Fingerprints that the config pins: the owner knows of a change between two of them.
 * @param acknowledged Ids of snapshots at which the owner knows of a fork.
 * @param unreadable Ids of directories that could not be read.
 */
export function* checkChain(
  snapshots: readonly ChainLink[],
  retentionDays: number,
  now: Date,
  signers: readonly string[] = [],
  acknowledged: readonly string[] = [],
  unreadable: ReadonlySet<string> = new Set(),
): Generator<ChainFinding> {
  const { members } = chainOrder(snapshots);
  const present = new Set(members.map(({ commitment }) => commitment));
  const forks = findForks(members);
  const isPinned = (links: readonly { receipt: Pick<Receipt, "signer"> }[]): boolean =>
    links.every(({ receipt }) => signers.includes(receipt.signer.fingerprint));
  for (const [at, snapshot] of members.entries()) {
    const { id, receipt: { previous, attempted, signer } } = snapshot;
    const before = members[at - 1];
    const isNewKey = before !== undefined && before.receipt.signer.fingerprint !== signer.fingerprint;
    const kind = isNewKey && isPinned([before, snapshot]) ? "note" : "warning";
    if (isNewKey) yield { kind, snapshot: id, what: "It is signed by another key than the one before it" };
    const speaksOf = new Set([previous, ...attempted].map((link) => link?.commitment));
    const fork = forks.get(snapshot);
    const isAcknowledged = acknowledged.includes(id);
    if (unreadable.has(previous?.snapshot ?? "")) continue;
    else if (before === undefined) yield* begin(snapshot, retentionDays, now);
    else if (speaksOf.has(before.commitment)) continue;
    else if (fork !== undefined) {
      yield judge(id, fork, fork.sameSigner || isPinned([fork.from, snapshot]), isAcknowledged);
    } else if (previous === null) yield { kind, snapshot: id, what: NEW_CHAIN };
    else if (present.has(previous.commitment)) continue; // it continues its own branch of a fork
    else if (isOver(previous.snapshot, retentionDays, now)) {
      yield isAcknowledged ? known(id) : expiredBefore(id, previous.snapshot, before.id);
    } else {
      const what = `The snapshot before it, ${previous.snapshot}, is missing`;
      yield { kind: "damage", snapshot: id, what };
    }
  }
}

const NEW_CHAIN = "A new chain begins: the host lost its state directory or was replaced";

/** Returns the finding for a snapshot that follows an expired one instead of `before`. */
function expiredBefore(id: string, expired: string, before: string): ChainFinding {
  const what = `It follows ${expired}, which has expired, and not ${before}. ${BACK} ${adviceFor(id)}`;
  return { kind: "warning", snapshot: id, what };
}

function* begin(
  { id, receipt: { previous } }: ChainLink,
  retentionDays: number,
  now: Date,
): Generator<ChainFinding> {
  if (previous === null) return;
  if (isOver(previous.snapshot, retentionDays, now)) return;
  const what =
    `The snapshot before it, ${previous.snapshot}, is missing, though its ${retentionDays} days are not over`;
  yield { kind: "damage", snapshot: id, what };
}

const BACK =
  "Either the host's state directory was put back from an older copy, as with an image of the machine, or " +
  "somebody else has its signing key.";

/**
 * Returns the finding for a fork of the chain. `trusted` is a fork by the same key, or by another pinned key.
 * If one branch ended before the other began, the fork looks like a host whose state directory was restored
 * from an older copy: a warning, as for a lost state directory. If both continue, two machines have the
 * signing key.
 */
function judge(
  id: string,
  { from, other, bothGoOn }: Fork,
  trusted: boolean,
  acknowledged: boolean,
): ChainFinding {
  const where = `The chain of receipts forks: it follows ${from.id}, as ${other.id} does`;
  if (!trusted) {
    const what =
      `${where}, and is signed by another key: it is forged, unless the host was set up again. If you know that ` +
      'it was, list both keys as "signer" of the host in your config';
    return { kind: "damage", snapshot: id, what };
  }
  if (acknowledged) return known(id);
  if (!bothGoOn) return { kind: "warning", snapshot: id, what: `${where}. ${BACK} ${adviceFor(id)}` };
  const two =
    "Both branches go on: two machines write as this host, such as a clone, or somebody else has its signing key.";
  return { kind: "damage", snapshot: id, what: `${where}. ${two} Stop one of them. ${adviceFor(id)}` };
}

function adviceFor(id: string): string {
  return `If you know why, add acknowledged: ["${id}"] to the host in your config; if not, treat the host as broken into`;
}

function known(id: string): ChainFinding {
  return { kind: "note", snapshot: id, what: "The chain of receipts forks here, as the config acknowledges" };
}

function isOver(snapshot: string, retentionDays: number, now: Date): boolean {
  return now.getTime() - snapshotTime(snapshot)!.getTime() >= retentionDays * DAY_MS;
}
