import assert from "node:assert/strict";
import type { Event } from "../../lib/app/events.ts";
import { StoreError } from "../../lib/store/contract.ts";
import { retryingReader } from "../../lib/store/retry.ts";
import { openCopier, patientRetries } from "../../lib/app/stores.ts";
import type { Store } from "../../lib/config/types.ts";
import { BUCKET } from "../support/life.ts";
import { memoryStore } from "../support/memory_store.ts";

const MINUTE = 60_000;

/** Reads through a network that is away for so many milliseconds; returns what was reported, or the error. */
async function readWithout(network: number): Promise<{ error: unknown; events: Event[]; waited: number }> {
  const events: Event[] = [];
  let now = 0;
  const { signal } = new AbortController();
  const run = { report: (event: Event) => void events.push(event), signal, now: () => new Date(now) };
  const { reader, writer } = memoryStore();
  await writer.put("a/b", new Uint8Array(1));
  const away = {
    ...reader,
    get: (...args: Parameters<typeof reader.get>): ReturnType<typeof reader.get> =>
      now < network
        ? Promise.reject(new StoreError("unreachable", "the network is away"))
        : reader.get(...args),
  };
  const clock = {
    now: (): number => now,
    random: (): number => 0.5,
    sleep: (wait: number): Promise<void> => Promise.resolve(void (now += wait)),
  };
  const patient = retryingReader(away, { ...patientRetries(run), ...clock });
  const error = await patient.get("a/b", { maxBytes: 1 }).then(() => undefined, (thrown) => thrown);
  return { error, events, waited: now };
}

Deno.test("a reader retries for as long as a backup does, and reports the limit", async () => {
  const { error, events } = await readWithout(29 * MINUTE);
  assert.equal(error, undefined);
  const [first, second] = events.map((it) => "text" in it ? it.text : "");
  assert.equal(first, "the network is away; retrying for up to 30 min");
  assert.match(
    second!,
    /^the network is away; \d+ attempts failed in 1 min.*, the next is in \d+ s; retrying for up to 30 min$/,
  );
  assert.ok(events.length <= 30, "once a minute");
});

Deno.test("a reader gives up after half an hour", async () => {
  const { error, waited } = await readWithout(Infinity);
  assert.match(String(error), /the network is away/);
  assert.ok(waited > 29 * MINUTE && waited <= 30 * MINUTE);
});

Deno.test("a server copies only between its own buckets of one region", async () => {
  const run = { report: () => {}, signal: new AbortController().signal, now: () => new Date() };
  const other = { ...BUCKET, bucket: "pins" };
  const stores: [Store, boolean][] = [
    [other, true],
    [{ ...other, region: "us-east-1" }, false],
    [{ ...other, endpoint: "https://s3.example.org" }, false],
    [{ kind: "directory", path: "/mnt/pins" }, false],
  ];
  for (const [to, copies] of stores) {
    const copier = await openCopier(BUCKET, to, () => "value", run);
    copier?.close();
    assert.equal(copier !== undefined, copies, JSON.stringify(to));
  }
});
