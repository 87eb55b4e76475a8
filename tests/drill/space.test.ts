import assert from "node:assert/strict";
import { statfsSync } from "node:fs";
import { takeSpace } from "../../lib/drill/space.ts";
import { Failure, Interrupted } from "../../lib/model/failure.ts";
import { withDirectory } from "../support/directory.ts";

const { signal } = new AbortController();

/** Bytes of which a file system has room for one, and not for two. */
function mostOf(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return Math.floor(bavail * bsize * 0.6);
}

Deno.test("a drill that needs more space than others leave waits until they end", () =>
  withDirectory(async (at) => {
    const bytes = mostOf(at);
    const order: string[] = [];
    const first = await takeSpace(at, bytes, signal);
    const second = takeSpace(at, bytes, signal).then((space) => {
      order.push("second");
      space[Symbol.dispose]();
    });
    (await takeSpace(at, 1, signal))[Symbol.dispose](); // wakes the second, for which there is still no space
    order.push("small");
    first[Symbol.dispose]();
    await second;
    assert.deepEqual(order, ["small", "second"]);
  }));

Deno.test("a drill that waits for space ends if it is interrupted, and one without space alone fails", () =>
  withDirectory(async (at) => {
    const stop = new AbortController();
    const first = await takeSpace(at, mostOf(at), signal);
    const waiting = takeSpace(at, mostOf(at), stop.signal);
    stop.abort(new Interrupted());
    first[Symbol.dispose]();
    await assert.rejects(waiting, Interrupted);
    await assert.rejects(takeSpace(at, 2 ** 60, signal), Failure);
  }));
