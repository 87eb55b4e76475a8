import assert from "node:assert/strict";
import { checkChain } from "../../lib/verify/chain.ts";
import { receiptName } from "../../lib/model/name.ts";
import type { Snapshot } from "../../lib/snapshots/snapshots.ts";
import { sampleReceipt } from "../support/receipts.ts";

const NOW = new Date("2026-11-23T12:00:00Z");

function id(day: number): string {
  return `202611${String(day).padStart(2, "0")}T050000Z-0123456789abcdef`;
}

function commitment(day: number): string {
  return String(day).padStart(64, "0");
}

function link(day: number): { snapshot: string; commitment: string } {
  return { snapshot: id(day), commitment: commitment(day) };
}

/** The snapshot of a day in November, which speaks of that of `previous`, and of `attempted`. */
function snapshot(day: number, previous: number | null, attempted: number[] = []): Snapshot {
  return {
    id: id(day),
    host: "web1",
    receiptName: receiptName(commitment(day)),
    commitment: commitment(day),
    storedAt: new Date(Date.UTC(2026, 10, day, 5, 1)),
    pinned: true,
    receipt: sampleReceipt({
      snapshot: id(day),
      previous: previous === null ? null : link(previous),
      attempted: attempted.map(link),
    }),
  };
}

function findings(...snapshots: Snapshot[]): string[] {
  return [...checkChain(snapshots, 30, NOW)].map(({ kind, snapshot, what }) =>
    `${kind} ${snapshot.slice(6, 8)}: ${what}`
  );
}

Deno.test("an unbroken chain has no findings", () => {
  assert.deepEqual(findings(), []);
  assert.deepEqual(findings(snapshot(20, null), snapshot(21, 20), snapshot(22, 21)), []);
});

Deno.test("the order of listing does not matter, the store's dates do", () => {
  assert.deepEqual(findings(snapshot(22, 21), snapshot(20, null), snapshot(21, 20)), []);
});

Deno.test("a snapshot that was removed from the middle of the chain is reported missing", () => {
  assert.deepEqual(findings(snapshot(20, null), snapshot(22, 21)), [
    `damage 22: The snapshot before it, ${id(21)}, is missing`,
  ]);
});

Deno.test("a snapshot that was removed from the beginning of the chain is reported missing within its retention", () => {
  assert.match(findings(snapshot(22, 21))[0]!, /^damage 22: .*is missing, though its 30 days are not over/);
  const expired = snapshot(22, null);
  const old = {
    ...expired,
    receipt: { ...expired.receipt, previous: { ...link(1), snapshot: "20261001T050000Z-0123456789abcdef" } },
  };
  assert.deepEqual(findings(old), []);
});

Deno.test("a snapshot that was inserted beside the chain is found", () => {
  assert.match(
    findings(snapshot(20, null), snapshot(21, 20), snapshot(22, 20))[0]!,
    /^warning 22: The chain of receipts forks: it follows 20261120.*, as 20261121.* does\. .*acknowledged: \["20261122/,
  );
});

/** The same with snapshots that the owner knows of. */
function acknowledged(days: number[], ...snapshots: Snapshot[]): string[] {
  return [...checkChain(snapshots, 30, NOW, [], days.map(id))].map(({ kind, snapshot }) =>
    `${kind} ${snapshot.slice(6, 8)}`
  );
}

Deno.test("a host that was restored to an older state is one warning until the owner acknowledges it", () => {
  const host = [snapshot(10, null), snapshot(11, 10), snapshot(12, 11), snapshot(13, 10), snapshot(14, 13)];
  assert.deepEqual(acknowledged([], ...host), ["warning 13"]);
  assert.deepEqual(acknowledged([13], ...host), ["note 13"]);
  assert.deepEqual(acknowledged([12, 14], ...host), ["warning 13"], "only the fork at that snapshot");
  assert.deepEqual(
    acknowledged([13], ...host, snapshot(15, 11)),
    ["note 13", "warning 15"],
    "and no further fork",
  );
});

Deno.test("a clone that continues beside the host is damage until the owner acknowledges it", () => {
  const both = [snapshot(10, null), snapshot(11, 10), snapshot(12, 10), snapshot(13, 11), snapshot(14, 12)];
  assert.deepEqual(acknowledged([], ...both), ["damage 12"]);
  assert.deepEqual(acknowledged([12], ...both), ["note 12"]);
  assert.match(findings(...both)[0]!, /two machines write as this host/);
});

Deno.test("acknowledging a fork accepts neither another key nor missing snapshots", () => {
  const forged = snapshot(12, 10);
  const signer = { fingerprint: "f".repeat(40), key: "AAAA" };
  const host = [snapshot(10, null), snapshot(11, 10), { ...forged, receipt: { ...forged.receipt, signer } }];
  assert.deepEqual(acknowledged([12], ...host), ["warning 12", "damage 12"]);
  assert.deepEqual(acknowledged([22], snapshot(20, null), snapshot(22, 21)), ["damage 22"]);
});

Deno.test("a fork by another key that is pinned as well is one like any other", () => {
  const [old, other] = [snapshot(10, null), snapshot(11, 10)];
  const signer = { fingerprint: "f".repeat(40), key: "AAAA" };
  const rebuilt = snapshot(12, 10);
  const host = [old, other, { ...rebuilt, receipt: { ...rebuilt.receipt, signer } }];
  const pins = [old.receipt.signer.fingerprint, signer.fingerprint];
  const found = [...checkChain(host, 30, NOW, pins)].map(({ kind, what }) => `${kind}: ${what}`);
  assert.match(
    found.join("\n"),
    /^note: It is signed by another key.*\nwarning: The chain of receipts forks/,
  );
});

Deno.test("a host that was put back to a snapshot that has expired is a warning until it is acknowledged", () => {
  const old = snapshot(13, null);
  const previous = { ...link(1), snapshot: "20261001T050000Z-0123456789abcdef" };
  const host = [
    snapshot(11, null),
    snapshot(12, 11),
    { ...old, receipt: { ...old.receipt, previous } },
    snapshot(14, 13),
  ];
  assert.deepEqual(acknowledged([], ...host), ["warning 13"]);
  assert.deepEqual(acknowledged([13], ...host), ["note 13"]);
});

Deno.test("a receipt of which no answer came may be there or not", () => {
  assert.deepEqual(findings(snapshot(20, null), snapshot(21, 20), snapshot(22, 20, [21])), []);
  assert.deepEqual(findings(snapshot(20, null), snapshot(22, 20, [21])), []);
});

Deno.test("a host that lost its state directory begins a new chain, with a warning", () => {
  assert.match(findings(snapshot(20, null), snapshot(21, null))[0]!, /^warning 21: A new chain begins/);
});

Deno.test("a change of the signing key is reported", () => {
  const other = snapshot(21, 20);
  const signer = { fingerprint: "f".repeat(40), key: "AAAA" };
  assert.deepEqual(findings(snapshot(20, null), { ...other, receipt: { ...other.receipt, signer } }), [
    "warning 21: It is signed by another key than the one before it",
  ]);
});
