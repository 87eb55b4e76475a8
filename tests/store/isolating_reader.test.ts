import assert from "node:assert/strict";
import {
  type GetOptions,
  StoreError,
  type StoreErrorKind,
  type StoreReader,
} from "../../lib/store/contract.ts";
import { isolatingReader } from "../../lib/store/isolating_reader.ts";
import type { RetryOptions } from "../../lib/store/retry.ts";
import { memoryStore } from "../support/memory_store.ts";
import { content } from "./checks.ts";
import { conformance } from "./conformance.ts";

const OBJECTS = ["web1/a", "web1/b", "web1/c"];

/** Kinds of errors that leave open whether they are about one object. */
const DOUBTFUL: StoreErrorKind[] = ["denied", "failed", "corrupted", "busy", "unreachable", "timeout"];

type Get = StoreReader["get"];

/** A store of a few objects whose gets fail where `fault` says so, and a clock that waits in no time. */
async function faulty(
  fault: (name: string, time: number) => StoreErrorKind | undefined,
): Promise<{ reader: StoreReader; clock: { time: number }; asked: string[]; options: RetryOptions }> {
  const { writer, reader } = memoryStore();
  for (const name of OBJECTS) await writer.put(name, content(9));
  const clock = { time: 0 };
  const asked: string[] = [];
  const get: Get = async (name, options) => {
    asked.push(name);
    const kind = fault(name, clock.time);
    if (kind !== undefined) throw new StoreError(kind, `trouble: ${kind}`, { hint: "mend it" });
    return await reader.get(name, options);
  };
  const options: RetryOptions = {
    attempts: Infinity,
    deadline: 30 * 60_000,
    now: () => clock.time,
    sleep: (wait) => Promise.resolve(void (clock.time += wait)),
  };
  return { reader: isolatingReader({ ...reader, get }, options), clock, asked, options };
}

async function refusal(
  reader: StoreReader,
  name: string,
  options?: Partial<GetOptions>,
): Promise<StoreError> {
  const error = await reader.get(name, { maxBytes: 9, ...options }).then(() => undefined, (thrown) => thrown);
  assert.ok(error instanceof StoreError, `${name} was given`);
  return error;
}

conformance((law, body) =>
  Deno.test(`isolating store: ${law}`, () => {
    const { writer, reader } = memoryStore();
    return body({ writer, reader: isolatingReader(reader) });
  })
);

for (const kind of DOUBTFUL) {
  Deno.test(`one object that is never given is an error of that object while the store gives others: ${kind}`, async () => {
    const { reader, clock } = await faulty((name) => name === "web1/b" ? kind : undefined);
    await reader.get("web1/a", { maxBytes: 9 });
    const error = await refusal(reader, "web1/b");
    assert.ok(error.ofOneObject);
    assert.deepEqual([error.kind, error.message, error.hint], [kind, `trouble: ${kind}`, "mend it"]);
    assert.ok(clock.time <= 150_000, "minutes, where a whole store gets half an hour");
    assert.equal((await reader.get("web1/c", { maxBytes: 9 })).length, 9);
  });

  Deno.test(`an object that is never given is tried at length once only: ${kind}`, async () => {
    const { reader, asked } = await faulty((name) => name === "web1/b" ? kind : undefined);
    await reader.get("web1/a", { maxBytes: 9 });
    await refusal(reader, "web1/b");
    asked.length = 0;
    await refusal(reader, "web1/b");
    assert.ok(asked.filter((name) => name === "web1/b").length <= 2);
  });

  Deno.test(`a store that gives nothing any more is an error of the store: ${kind}`, async () => {
    let gone = false;
    const { reader } = await faulty(() => gone ? kind : undefined);
    await reader.get("web1/a", { maxBytes: 9 });
    gone = true;
    assert.ok(!(await refusal(reader, "web1/b")).ofOneObject);
  });
}

for (const kind of ["credentials", "setup", "clock"] as const) {
  Deno.test(`an error about the whole store ends at once: ${kind}`, async () => {
    const { reader, asked } = await faulty((name) => name === "web1/b" ? kind : undefined);
    await reader.get("web1/a", { maxBytes: 9 });
    assert.ok(!(await refusal(reader, "web1/b")).ofOneObject);
    assert.deepEqual(asked, ["web1/a", "web1/b"]);
  });
}

Deno.test("credentials that never got an object are reported after a few refusals", async () => {
  const { reader } = await faulty(() => "denied");
  const scopes: boolean[] = [];
  for (let count = 0; count < 12; count += 1) scopes.push((await refusal(reader, "web1/a")).ofOneObject);
  assert.deepEqual(scopes, [...Array<boolean>(10).fill(true), false, false]);
});

Deno.test("objects that a server cannot return do not affect others, in any number", async () => {
  const { reader } = await faulty((name) => name === "web1/c" ? undefined : "failed");
  for (let count = 0; count < 100; count += 1) assert.ok((await refusal(reader, "web1/a")).ofOneObject);
  assert.equal((await reader.get("web1/c", { maxBytes: 9 })).length, 9);
});

Deno.test("a store that is away for less than half an hour loses nothing", async () => {
  for (const minutes of [0.01, 1, 2.5, 29]) {
    const { reader, clock } = await faulty((_, time) =>
      time > 0 && time < minutes * 60_000 ? "unreachable" : undefined
    );
    await reader.get("web1/a", { maxBytes: 9 });
    clock.time = 1;
    assert.equal((await reader.get("web1/b", { maxBytes: 9 })).length, 9, `${minutes} min`);
  }
});

Deno.test("an object that others were put over does not make the store bad", async () => {
  let changed: StoreErrorKind | undefined;
  const { reader } = await faulty((name) =>
    name === "web1/a" ? changed : name === "web1/b" ? "denied" : undefined
  );
  await reader.get("web1/a", { maxBytes: 9 });
  for (changed of ["missing", "oversized"] as const) {
    assert.ok((await refusal(reader, "web1/b")).ofOneObject, changed);
  }
});

Deno.test("an abort ends the search for what an error is about", async () => {
  const stop = new AbortController();
  const reason = new Error("enough");
  const { reader } = await faulty((name) => {
    if (name === "web1/a") return undefined;
    stop.abort(reason);
    return "denied";
  });
  await reader.get("web1/a", { maxBytes: 9 });
  await assert.rejects(reader.get("web1/b", { maxBytes: 9, signal: stop.signal }), reason);
});
