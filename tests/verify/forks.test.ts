import assert from "node:assert/strict";
import { type ChainLink, findForks } from "../../lib/verify/forks.ts";
import { sampleReceipt } from "../support/receipts.ts";
import { processorMs } from "../support/processor.ts";

/** Snapshots by letters: each follows one of those before, and perhaps knows of others that it is not certain of. */
function chain(
  ...members: [name: string, previous: string | null, attempted?: string, signer?: string][]
): ChainLink[] {
  return members.map(([name, previous, attempted = "", signer = "a"]) => ({
    id: name,
    commitment: name,
    receipt: sampleReceipt({
      previous: previous === null ? null : { snapshot: previous, commitment: previous },
      attempted: [...attempted].map((it) => ({ snapshot: it, commitment: it })),
      signer: { fingerprint: signer.repeat(40), key: "AAAA" },
    }),
  }));
}

/** Each fork as `a-b|c`: c follows a as b does; with `+` where both go on, with `!` where the key is another. */
function forks(...members: Parameters<typeof chain>): string[] {
  return [...findForks(chain(...members))].map(([member, { from, other, bothGoOn, sameSigner }]) =>
    `${from.id}-${other.id}|${member.id}${bothGoOn ? "+" : ""}${sameSigner ? "" : "!"}`
  );
}

Deno.test("a continued chain has no fork, whatever is missing", () => {
  assert.deepEqual(forks(), []);
  assert.deepEqual(forks(["a", null], ["b", "a"], ["c", "b"]), []);
  assert.deepEqual(forks(["b", "a"], ["d", "c"], ["e", null], ["f", "e"]), []);
});

Deno.test("a receipt of which no answer came is followed, so it is no fork", () => {
  assert.deepEqual(forks(["a", null], ["b", "a"], ["c", "a", "b"], ["d", "c"]), []);
  assert.deepEqual(forks(["a", null], ["b", "a"], ["c", "a", "b"], ["d", "a", "bc"]), []);
});

Deno.test("a restored state directory continues from an older snapshot, once each time", () => {
  assert.deepEqual(forks(["a", null], ["b", "a"], ["c", "b"], ["d", "a"], ["e", "d"]), ["a-b|d"]);
  assert.deepEqual(forks(["a", null], ["b", "a"], ["c", "a"], ["d", "a"]), ["a-b|c", "a-b|d"]);
  assert.deepEqual(forks(["a", null], ["b", "a"], ["c", "a"], ["d", "c"], ["e", "c"]), ["a-b|c", "c-d|e"]);
});

Deno.test("both branches of a clone continue, which is found once, at the fork", () => {
  assert.deepEqual(forks(["a", null], ["b", "a"], ["c", "a"], ["d", "b"], ["e", "c"], ["f", "d"]), [
    "a-b|c+",
  ]);
});

Deno.test("a host that was put back, and then again to where it was, has two branches that go on", () => {
  assert.deepEqual(forks(["a", null], ["b", "a"], ["c", "a"], ["d", "b"]), ["a-b|c+"]);
});

Deno.test("a fork by another key is distinguished from one by the same key", () => {
  assert.deepEqual(forks(["a", null], ["b", "a"], ["c", "a", "", "f"]), ["a-b|c!"]);
});

Deno.test("ten thousand snapshots of two machines are compared quickly", () => {
  const members: Parameters<typeof chain> = [["0", null], ["1", "0"]];
  for (let at = 2; at < 10_000; at += 1) members.push([`${at}`, `${at - 2}`]);
  const begun = processorMs();
  assert.deepEqual(forks(...members), ["0-1|2+"]);
  assert.ok(processorMs() - begun < 3000);
});
