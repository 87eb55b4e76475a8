import assert from "node:assert/strict";
import { StoreError, type StoreErrorKind } from "../../lib/store/contract.ts";

/** A call that fails with a {@link StoreError} of this kind. */
export async function rejects(call: Promise<unknown>, kind: StoreErrorKind): Promise<StoreError> {
  const error = await call.then(() => undefined, (thrown) => thrown);
  assert.ok(error instanceof StoreError, `a StoreError and not ${Deno.inspect(error)}`);
  assert.equal(error.kind, kind, error.message);
  return error;
}

/** Bytes that tell where they stand and how many they are. */
export function content(size: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = size + 1;
  for (let at = 0; at < words.length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    words[at] = state;
  }
  return new Uint8Array(words.buffer, 0, size);
}
