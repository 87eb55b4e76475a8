import type { Finding } from "./findings.ts";
import { DAY_MS } from "../model/day.ts";
import { snapshotTime } from "../model/snapshot.ts";
import type { Snapshot } from "../read/snapshots.ts";

type ChainFinding = Pick<Finding, "kind" | "what"> & { readonly snapshot: string };

/**
 * Holds the receipts of one host to their chain. Each must speak of the one that the store took before it, by
 * commitment; where it does not, one was taken away, put in, or the host's memory was lost or copied.
 *
 * The end of the chain cannot be seen from inside: a host whose newest snapshots are all gone looks like one that
 * has stopped. That is for `report` to notice.
 *
 * @param retentionDays how long a snapshot has to be there: an older predecessor has rightly expired.
 * @param signers that the config pins: the owner knows of a change between two of them.
 */
export function* checkChain(
  snapshots: readonly Snapshot[],
  retentionDays: number,
  now: Date,
  signers: readonly string[] = [],
): Generator<ChainFinding> {
  const present = new Set(snapshots.map(({ commitment }) => commitment));
  const inOrder = [...snapshots].sort((a, b) =>
    a.storedAt.getTime() - b.storedAt.getTime() || (a.id < b.id ? -1 : 1)
  );
  for (const [at, snapshot] of inOrder.entries()) {
    const { id, receipt } = snapshot;
    const { previous, attempted } = receipt;
    const before = inOrder[at - 1];
    const others = before === undefined ? [] : [before, snapshot].map((it) => it.receipt.signer.fingerprint);
    const isRebuilt = others[0] !== others[1] && others.every((it) => signers.includes(it));
    if (others[0] !== others[1]) {
      const kind = isRebuilt ? "note" : "warning";
      yield { kind, snapshot: id, what: "It is signed by another key than the one before it" };
    }
    const speaksOf = new Set([previous, ...attempted].map((link) => link?.commitment));
    if (before === undefined) yield* begin(snapshot, retentionDays, now);
    else if (speaksOf.has(before.commitment)) continue;
    else if (previous === null) {
      yield {
        kind: isRebuilt ? "note" : "warning",
        snapshot: id,
        what: "The chain begins anew: the host has lost its memory or was replaced",
      };
    } else if (present.has(previous.commitment)) {
      yield {
        kind: "damage",
        snapshot: id,
        what: `It does not speak of ${before.id}: that was replayed, or the host copied`,
      };
    } else {
      yield {
        kind: "damage",
        snapshot: id,
        what: `The snapshot before it, ${previous.snapshot}, is missing`,
      };
    }
  }
}

function* begin(
  { id, receipt: { previous } }: Snapshot,
  retentionDays: number,
  now: Date,
): Generator<ChainFinding> {
  if (previous === null) return;
  const age = now.getTime() - snapshotTime(previous.snapshot)!.getTime();
  if (age >= retentionDays * DAY_MS) return;
  const what =
    `The snapshot before it, ${previous.snapshot}, is missing, though its ${retentionDays} days are not over`;
  yield { kind: "damage", snapshot: id, what };
}
