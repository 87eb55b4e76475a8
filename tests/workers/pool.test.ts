import assert from "node:assert/strict";
import { COMPRESS_BLOCK } from "../../lib/backup/helpers.ts";
import { SourcePacker } from "../../lib/backup/source_pack.ts";
import {
  MAKE_VOLUME,
  type PartNews,
  type VolumeNews,
  type VolumeOrder,
  type VolumeQuestion,
} from "../../lib/backup/volume.ts";
import type { Listener } from "../../lib/workers/job.ts";
import { readingWorkers, type Workers, workers } from "../../lib/workers/pool.ts";

const PART = 64 * 1024;

/** An order for a volume of nothing. */
function order(number: number): VolumeOrder {
  const session = { key: crypto.getRandomValues(new Uint8Array(32)), packets: new Uint8Array([1]) };
  return {
    number,
    entries: new SourcePacker().packed(),
    session,
    compression: { kind: "none" },
    partSize: PART,
    checksums: true,
    helpedBlocks: 0,
  };
}

const FAILED = "failed";

/** Orders one, and gives its number when it is made. */
async function made(makers: Workers, volume: unknown): Promise<number | string> {
  const parts: PartNews[] = [];
  const listener: Listener<VolumeQuestion, VolumeNews> = {
    answer: () => {
      const value = new ArrayBuffer(PART);
      return Promise.resolve({ value, transfer: [value] });
    },
    reported: (news) => news.kind === "part" && parts.push(news),
  };
  try {
    const made = await makers.run(MAKE_VOLUME, volume as VolumeOrder, listener);
    assert.deepEqual(parts.map(({ sha256 }) => sha256), made.parts.map(({ sha256 }) => sha256));
    return made.number;
  } catch {
    return FAILED;
  }
}

for (const [count, threads] of [[1, 0], [2, 1], [2, 2], [3, 3]] as const) {
  Deno.test(`${threads} threads of ${count} workers take every order once, and each ends for itself`, async () => {
    using makers = workers(count, threads);
    const orders = Array.from({ length: 9 }, (_, at) => at % 4 === 1 ? { number: at } : order(at));
    assert.deepEqual(
      await Promise.all(orders.map((it) => made(makers, it))),
      orders.map(({ number }) => number % 4 === 1 ? FAILED : number),
    );
  });
}

Deno.test("the first question of an order is answered while the thread is busy with the order before it", async () => {
  using makers = workers(2, 1);
  const isAsked = Promise.withResolvers<boolean>();
  const listener = (answered: () => Promise<unknown>): Listener<VolumeQuestion, VolumeNews> => ({
    answer: async () => {
      await answered();
      const value = new ArrayBuffer(PART);
      return { value, transfer: [value] };
    },
    reported: () => {},
  });
  const timer = setTimeout(() => isAsked.resolve(false), 20_000);
  const ask = (): Promise<void> => Promise.resolve(isAsked.resolve(true));
  const volumes = await Promise.all([
    makers.run(MAKE_VOLUME, order(1), listener(() => isAsked.promise)),
    makers.run(MAKE_VOLUME, order(2), listener(ask)),
  ]);
  clearTimeout(timer);
  assert.deepEqual(volumes.map(({ number }) => number), [1, 2]);
  assert.ok(await isAsked.promise, "asked before the first order has ended");
});

Deno.test("each worker has an order, and further orders are ready before it has ended", () => {
  const wanted = ([[1, 0], [2, 1], [2, 2], [4, 4]] as const).map(([count, threads]) => {
    using makers = workers(count, threads);
    return makers.wanted;
  });
  assert.deepEqual(wanted, [1, 4, 3, 5]);
});

/** Returns whether a pool runs some of its jobs in this thread, with its own work: others find theirs by the name. */
async function runsHere(pool: Workers): Promise<boolean> {
  let isHere = false;
  const work = (): Promise<never> => {
    isHere = true;
    return Promise.reject(new Error("not in a thread"));
  };
  const listener = { answer: () => Promise.reject(), reported: () => {} };
  const jobs = Array.from(
    { length: 3 * pool.jobs },
    () => pool.run({ ...MAKE_VOLUME, work }, { number: 1 } as VolumeOrder, listener),
  );
  await Promise.allSettled(jobs);
  return isHere;
}

Deno.test("volumes are read in threads if there are several at a time, and all by this one otherwise", async () => {
  for (const [jobs, here] of [[1, true], [2, false], [3, false]] as const) {
    using pool = readingWorkers(jobs);
    assert.equal(pool.jobs, jobs);
    assert.equal(await runsHere(pool), here, `${jobs} jobs`);
  }
});

Deno.test("a job that no thread serves fails in its turn, and the jobs before and after it run", async () => {
  using makers = workers(2, 2);
  const listener = { answer: () => Promise.reject(), reported: () => {} };
  const lost = { name: "lost", work: () => Promise.resolve() };
  const ends = await Promise.all(
    [0, 1, 2, 3, 4, 5].map((at) =>
      at % 3 === 1
        ? makers.run(lost, undefined, listener).catch(({ message }: Error) => message)
        : made(makers, order(at))
    ),
  );
  const refused = "Error: no thread serves jobs called lost";
  assert.deepEqual(ends, [0, refused, 2, 3, refused, 5]);
});

Deno.test("offered jobs are spread over the threads, three for each, and further ones are refused", async () => {
  using makers = workers(3);
  const listener = { answer: () => Promise.resolve({ value: undefined }), reported: () => {} };
  const offers = Array.from({ length: 10 }, () => {
    const block = new Uint8Array(100_000);
    return makers.offer(COMPRESS_BLOCK, { block, compression: { kind: "zstd", level: 3 } }, listener);
  });
  assert.deepEqual(offers.map((it) => it !== undefined), [...new Array(9).fill(true), false]);
  await Promise.all(offers);
});

Deno.test("events are handled while this thread creates a volume", async () => {
  using makers = workers(1);
  let turns = 0;
  const timer = setInterval(() => turns += 1);
  const packer = new SourcePacker();
  const { file, ...entry } = { file: "/directory", path: "directory", type: "directory" as const, size: 0 };
  const stat = {
    mode: 0o755,
    uid: 0,
    gid: 0,
    user: "",
    group: "",
    mtime: 0,
    dev: 1,
    ino: 1,
    nlink: 1,
    ctime: 0,
  };
  for (let at = 0; at < 20_000; at++) {
    packer.add({ ...entry, ...stat, file: `${file}${at}`, path: `directory${at}` });
  }
  await made(makers, { ...order(1), entries: packer.packed() });
  clearInterval(timer);
  assert.ok(turns > 1, `${turns}`);
});

Deno.test("an offered job runs only if a thread is idle, which then gets no other job", async () => {
  for (const [count, threads] of [[1, 0], [2, 1], [1, 1], [3, 3]] as const) {
    using makers = workers(count, threads);
    const gate = Promise.withResolvers<void>();
    const listener = (answered: Promise<void>): Listener<VolumeQuestion, VolumeNews> => ({
      answer: async () => {
        await answered;
        const value = new ArrayBuffer(PART);
        return { value, transfer: [value] };
      },
      reported: () => {},
    });
    const offered = Array.from(
      { length: count },
      (_, at) => makers.offer(MAKE_VOLUME, order(at), listener(gate.promise)),
    );
    assert.ok(offered.every((it) => it !== undefined));
    assert.equal(makers.offer(MAKE_VOLUME, order(9), listener(gate.promise)), undefined);
    gate.resolve();
    assert.deepEqual(
      (await Promise.all(offered)).map((it) => it!.number),
      Array.from({ length: count }, (_, at) => at),
    );
    assert.equal((await makers.offer(MAKE_VOLUME, order(5), listener(gate.promise)))!.number, 5);
  }
});
