import assert from "node:assert/strict";
import { settled } from "../../../lib/store/vault/steps.ts";

Deno.test("a failure is thrown once the other requests have ended", async () => {
  const { promise: other, resolve: end } = Promise.withResolvers<string>();
  let hasEnded = false;
  const all = settled([Promise.reject(new Error("first")), other, Promise.reject(new Error("second"))])
    .finally(() => hasEnded = true);
  all.catch(() => {});
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(hasEnded, false);
  end("done");
  await assert.rejects(all, /first/);
});

Deno.test("results keep the order of the requests", async () => {
  assert.deepEqual(await settled([Promise.resolve(1), Promise.resolve(2)]), [1, 2]);
});
