import assert from "node:assert/strict";
import { Damage } from "../../lib/model/failure.ts";
import { openReceipt } from "../../lib/snapshots/receipt.ts";
import { readInTurn } from "../../lib/snapshots/large_receipts.ts";

const [SMALL, LARGE] = [10_000, 30_000_000];

Deno.test("large receipts are read one at a time, in order, and a bad one does not stop the next", async () => {
  const log: string[] = [];
  const read = (name: string) => async (): Promise<string> => {
    log.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 1));
    log.push(`${name} ends`);
    if (name === "b") throw new Damage("bad");
    return name;
  };
  const all = ["a", "b", "c"].map((name) => readInTurn(LARGE, read(name)));
  const results = await Promise.allSettled(all);
  assert.deepEqual(results.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  assert.deepEqual(log, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
});

Deno.test("a small receipt does not wait for a large one", async () => {
  let isOver = false;
  const large = readInTurn(LARGE, () =>
    new Promise<void>((resolve) =>
      setTimeout(() => {
        isOver = true;
        resolve();
      }, 50)
    ));
  assert.equal(await readInTurn(SMALL, () => Promise.resolve(isOver)), false);
  await large;
});

Deno.test("a text whose lines begin with dashes is refused before it is taken apart", async () => {
  const text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n" + "- -\n".repeat(1_000_000);
  await assert.rejects(
    openReceipt(new TextEncoder().encode(text), { name: "web1", signers: [] }),
    { name: "Damage", message: "The signed text is not a receipt" },
  );
});
