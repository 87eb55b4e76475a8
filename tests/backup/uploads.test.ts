import assert from "node:assert/strict";
import type { StoreWriter } from "../../lib/store/contract.ts";
import { Uploads } from "../../lib/backup/uploads.ts";

interface Slow extends StoreWriter {
  readonly inProgress: number;
  readonly most: number;
  readonly stored: string[];
  finish(taken?: Date): void;
  fail(error: Error): void;
}

/** A writer whose puts end when the test says so. */
function slowWriter(): Slow {
  const waiting: {
    resolve: (taken: Date | undefined) => void;
    reject: (error: Error) => void;
    name: string;
  }[] = [];
  let most = 0;
  const stored: string[] = [];
  return {
    place: "test",
    identity: "test",
    get inProgress(): number {
      return waiting.length;
    },
    get most(): number {
      return most;
    },
    stored,
    put(name): Promise<Date | undefined> {
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject, name });
        most = Math.max(most, waiting.length);
      });
    },
    finish(taken): void {
      const { resolve, name } = waiting.shift()!;
      stored.push(name);
      resolve(taken);
    },
    fail: (error) => waiting.shift()!.reject(error),
    close(): void {},
  };
}

const BYTES = new Uint8Array(10);
const never = new AbortController().signal;

Deno.test("no more uploads than the limit run at a time, and waiting ones follow", async () => {
  const writer = slowWriter();
  const uploads = new Uploads(writer, 2, never);
  await uploads.put("a", BYTES);
  await uploads.put("b", BYTES);
  let third = false;
  const put = uploads.put("c", BYTES).then(() => third = true);
  await Promise.resolve();
  assert.ok(!third);
  writer.finish();
  await put;
  assert.equal(writer.most, 2);
  writer.finish();
  writer.finish();
  await uploads.settle();
  assert.deepEqual(writer.stored, ["a", "b", "c"]);
});

Deno.test("a failure is thrown by the next put and by settle", async () => {
  const writer = slowWriter();
  const uploads = new Uploads(writer, 1, never);
  await uploads.put("a", BYTES);
  writer.fail(new Error("refused"));
  await assert.rejects(uploads.put("b", BYTES), /refused/);
  await assert.rejects(uploads.settle(), /refused/);
});

Deno.test("each object's time is reported when it is stored, and the latest of all is kept", async () => {
  const writer = slowWriter();
  const uploads = new Uploads(writer, 3, never);
  const reported: [string, Date | undefined][] = [];
  for (const name of ["a", "b", "c"]) {
    await uploads.put(name, BYTES, { stored: (taken) => reported.push([name, taken]) });
  }
  assert.deepEqual([reported, uploads.latest], [[], undefined]);
  const [later, earlier] = [new Date("2026-01-02"), new Date("2026-01-01")];
  writer.finish(later);
  writer.finish(undefined);
  writer.finish(earlier);
  await uploads.settle();
  assert.deepEqual(reported, [["a", later], ["b", undefined], ["c", earlier]]);
  assert.equal(uploads.latest, later);
});

Deno.test("uploads continue after an accepted failure, and not after another", async () => {
  const writer = slowWriter();
  const uploads = new Uploads(writer, 2, never);
  await uploads.put("a", BYTES, {
    stored: () => {
      throw new RangeError("who was told has failed");
    },
  });
  writer.finish();
  await assert.rejects(uploads.settle(), RangeError);
  await assert.rejects(uploads.recover((error) => error instanceof TypeError), RangeError);
  await uploads.recover((error) => error instanceof RangeError);
  await uploads.put("b", BYTES);
  writer.finish();
  await uploads.settle();
  assert.deepEqual(writer.stored, ["a", "b"]);
});

Deno.test("no object is put after the run was interrupted", async () => {
  const writer = slowWriter();
  const controller = new AbortController();
  const uploads = new Uploads(writer, 2, controller.signal);
  controller.abort(new Error("stop"));
  await assert.rejects(uploads.put("a", BYTES), /stop/);
  assert.equal(writer.inProgress, 0);
});
