import assert from "node:assert/strict";
import {
  type StoredObject,
  StoreError,
  type StoreErrorKind,
  type StoreReader,
  type StoreWriter,
} from "../../lib/store/contract.ts";
import { retryingReader, retryingWriter, type RetryOptions, type Tried } from "../../lib/store/retry.ts";
import { memoryStore } from "../support/memory_store.ts";
import { content, rejects } from "./checks.ts";
import { conformance } from "./conformance.ts";

const PASSING: StoreErrorKind[] = ["busy", "unreachable", "timeout", "corrupted"];
const LASTING: StoreErrorKind[] = [
  "missing",
  "oversized",
  "denied",
  "credentials",
  "setup",
  "clock",
  "failed",
];

function fault(kind: StoreErrorKind): StoreError {
  return new StoreError(kind, `trouble: ${kind}`);
}

/** A writer whose calls fail with each of `faults` in turn, before or after they have stored. */
function faulty(writer: StoreWriter, when: "before" | "after", faults: StoreErrorKind[]): StoreWriter {
  return {
    ...writer,
    async put(...args): Promise<Date | undefined> {
      const kind = faults.shift();
      if (kind !== undefined && when === "before") throw fault(kind);
      const taken = await writer.put(...args);
      if (kind !== undefined) throw fault(kind);
      return taken;
    },
  };
}

/** A reader whose lists each end with a fault after so many objects; an empty `lengths` means no more faults. */
function breaking(reader: StoreReader, lengths: number[]): StoreReader {
  return {
    ...reader,
    async *list(prefix, options): AsyncGenerator<StoredObject> {
      let left = lengths.shift() ?? Infinity;
      for await (const object of reader.list(prefix, options)) {
        if (left-- === 0) throw fault("unreachable");
        yield object;
      }
    },
  };
}

/** Options that wait in no time and note for how long they would have. */
function impatient(more: RetryOptions = {}): RetryOptions & { readonly waits: number[] } {
  const waits: number[] = [];
  const sleep = (milliseconds: number): Promise<void> => Promise.resolve(void waits.push(milliseconds));
  return { random: () => 1, sleep, ...more, waits };
}

conformance((law, body) =>
  Deno.test(`retrying store: ${law}`, () => {
    const { writer, reader } = memoryStore();
    return body({ writer: retryingWriter(writer), reader: retryingReader(reader) });
  })
);

for (const kind of PASSING) {
  Deno.test(`${kind} is tried again, in put and in get`, async () => {
    const { writer, reader, objects } = memoryStore();
    const options = impatient();
    await retryingWriter(faulty(writer, "before", [kind, kind]), options).put("a", content(9));
    assert.deepEqual(objects.get("a")?.bytes, content(9));
    const faults = [kind];
    const get: StoreReader["get"] = (...args) => {
      const next = faults.shift();
      return next === undefined ? reader.get(...args) : Promise.reject(fault(next));
    };
    assert.deepEqual(await retryingReader({ ...reader, get }, options).get("a", { maxBytes: 9 }), content(9));
    assert.equal(options.waits.length, 3);
  });
}

for (const kind of LASTING) {
  Deno.test(`${kind} is not tried again`, async () => {
    const { writer, objects } = memoryStore();
    const options = impatient();
    await rejects(retryingWriter(faulty(writer, "before", [kind]), options).put("a", content(1)), kind);
    assert.deepEqual(options.waits, []);
    assert.equal(objects.size, 0);
  });
}

Deno.test("an error that is not a StoreError is not retried", async () => {
  const { writer } = memoryStore();
  const put = (): Promise<undefined> => Promise.reject(new RangeError("a bug"));
  await assert.rejects(retryingWriter({ ...writer, put }, impatient()).put("a", content(1)), RangeError);
});

Deno.test("an object that exists after a lost answer counts as stored", async () => {
  const { writer, objects } = memoryStore();
  const put = retryingWriter(faulty(writer, "after", ["timeout"]), impatient()).put("a", content(5));
  assert.equal(await put, undefined, "when it was taken is lost with the answer");
  assert.deepEqual(objects.get("a")?.bytes, content(5));
});

Deno.test("an object that exists at the first attempt is an error", async () => {
  const { writer } = memoryStore();
  await writer.put("a", content(5));
  await rejects(retryingWriter(writer, impatient()).put("a", content(5)), "exists");
});

Deno.test("failures of one put do not affect the next", async () => {
  const { writer } = memoryStore();
  const retrying = retryingWriter(faulty(writer, "before", ["busy"]), impatient());
  await retrying.put("a", content(5));
  await rejects(retrying.put("a", content(5)), "exists");
});

Deno.test("after the last attempt the last error is thrown", async () => {
  const { writer } = memoryStore();
  const options = impatient({ attempts: 3 });
  const faults: StoreErrorKind[] = ["busy", "busy", "timeout", "unreachable"];
  await rejects(retryingWriter(faulty(writer, "before", faults), options).put("a", content(1)), "timeout");
  assert.equal(options.waits.length, 2);
  assert.deepEqual(faults, ["unreachable"]);
});

Deno.test("waits grow to twice the last up to half a minute, and chance takes its part of each", async () => {
  const { writer } = memoryStore();
  const reported: string[] = [];
  const report = (error: StoreError, { failures, wait }: Tried): void =>
    void reported.push(`${failures} ${error.kind} ${wait}`);
  const faults = (): StoreErrorKind[] => Array<StoreErrorKind>(9).fill("busy");
  const full = impatient({ report });
  await retryingWriter(faulty(writer, "before", faults()), full).put("a", content(1));
  assert.deepEqual(full.waits, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  assert.deepEqual(reported, full.waits.map((wait, at) => `${at + 1} busy ${wait}`));
  const half = impatient({ random: () => 0.5 });
  await retryingWriter(faulty(writer, "before", faults()), half).put("b", content(1));
  assert.deepEqual(half.waits, full.waits.map((wait) => wait / 2));
});

Deno.test("no attempt begins after the deadline", async () => {
  const { writer } = memoryStore();
  for (
    const [deadline, attempts] of [[0, 1], [59_999, 1], [60_500, 2], [122_000, 3], [Infinity, 5]] as const
  ) {
    let time = 7;
    const faults: StoreErrorKind[] = Array<StoreErrorKind>(9).fill("timeout");
    const slow = faulty(writer, "before", faults);
    const put: StoreWriter["put"] = (...args) => slow.put(...args).finally(() => time += 60_000);
    const options = impatient({ deadline, attempts: 5, now: () => time });
    await rejects(retryingWriter({ ...writer, put }, options).put("a", content(1)), "timeout");
    assert.equal(9 - faults.length, attempts, String(deadline));
  }
});

Deno.test("the deadline of a list restarts with each object", async () => {
  const { writer, reader } = memoryStore();
  for (const name of ["a", "b", "c"]) await writer.put(name, content(1));
  let time = 0;
  const options = impatient({
    deadline: 1000,
    now: () => time,
    sleep: () => Promise.resolve(void (time += 900)),
  });
  assert.equal(
    (await Array.fromAsync(retryingReader(breaking(reader, [0, 1, 1]), options).list(""))).length,
    3,
  );
  const stuck = Array.fromAsync(retryingReader(breaking(reader, [2, 0, 0]), options).list(""));
  await rejects(stuck, "unreachable");
});

Deno.test("an abort ends a wait at once, with the signal's reason", async () => {
  const { writer } = memoryStore();
  const stop = new AbortController();
  const reason = new Error("enough");
  // One that would take half an hour, were it not for the abort.
  const options: RetryOptions = {
    deadline: Infinity,
    random: () => 3600,
    report: () => queueMicrotask(() => stop.abort(reason)),
  };
  const put = retryingWriter(faulty(writer, "before", ["busy"]), options).put("a", content(1), stop);
  await assert.rejects(put, reason);
});

Deno.test("an interrupted list continues where it was, with each object once", async () => {
  const { writer, reader } = memoryStore();
  const names = ["a", "b", "c", "d", "e", "\uff5e", "😀"];
  for (const name of names) await writer.put(name, content(1));
  const options = impatient({ attempts: 2 });
  for (const lengths of [[0], [3], [1, 1, 1, 1, 1, 1], [6], [7]]) {
    const listed = await Array.fromAsync(retryingReader(breaking(reader, lengths), options).list(""));
    assert.deepEqual(listed.map(({ name }) => name), names);
  }
  const rest = await Array.fromAsync(
    retryingReader(breaking(reader, [0, 2]), impatient()).list("", { after: "b" }),
  );
  assert.deepEqual(rest.map(({ name }) => name), names.slice(2));
});

Deno.test("a list that makes no progress ends with its error", async () => {
  const { writer, reader } = memoryStore();
  for (const name of ["a", "b", "c"]) await writer.put(name, content(1));
  const options = impatient({ attempts: 3 });
  const list = Array.fromAsync(retryingReader(breaking(reader, [2, 0, 0, 0]), options).list(""));
  await rejects(list, "unreachable");
  assert.equal(options.waits.length, 2);
});

Deno.test("close reaches the store", () => {
  const { writer, reader } = memoryStore();
  let closed = 0;
  const close = (): void => void closed++;
  retryingWriter({ ...writer, close }).close();
  retryingReader({ ...reader, close }).close();
  assert.equal(closed, 2);
});

/** A clock of its own for a network that is away until `back`, in milliseconds. */
function outage(
  back: number,
): RetryOptions & { readonly writer: StoreWriter; readonly clock: { time: number } } {
  const clock = { time: 0 };
  const { writer } = memoryStore();
  return {
    clock,
    writer: {
      ...writer,
      put: (...args) => clock.time < back ? Promise.reject(fault("unreachable")) : writer.put(...args),
    },
    attempts: Infinity,
    now: () => clock.time,
    sleep: (milliseconds, signal) => {
      signal?.throwIfAborted();
      clock.time += milliseconds;
      return Promise.resolve();
    },
  };
}

const HOUR = 60 * 60_000;

Deno.test("without a limit of attempts, a network that is away for a minute costs half a minute more at most", async () => {
  const { writer, clock, ...options } = outage(60_000);
  await retryingWriter(writer, options).put("a", content(1));
  assert.ok(clock.time >= 60_000 && clock.time < 90_000, `${clock.time}`);
});

Deno.test("retries end after half an hour without a network, unless another limit is given", async () => {
  const short = outage(HOUR);
  await rejects(retryingWriter(short.writer, short).put("a", content(1)), "unreachable");
  assert.ok(short.clock.time <= HOUR / 2);
  const long = outage(10 * HOUR);
  await retryingWriter(long.writer, { ...long, deadline: Infinity }).put("a", content(1));
  assert.ok(long.clock.time >= 10 * HOUR);
});

Deno.test("retries without a time limit end with the signal", async () => {
  const { writer, ...options } = outage(Infinity);
  const controller = new AbortController();
  const report = (): void => {
    if (options.clock.time > HOUR) controller.abort(new Error("the time is over"));
  };
  const patient = retryingWriter(writer, { ...options, deadline: Infinity, report });
  await assert.rejects(patient.put("a", content(1), { signal: controller.signal }), /the time is over/);
});
