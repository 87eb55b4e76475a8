/** Writing to streams that are slow, full, closed or stopped. */
import assert from "node:assert/strict";
import { Sink, type Stream } from "../../lib/cli/sink.ts";

/** A stream that takes so many bytes at a time, or fails as `fail` says before each write. */
function stream(size: number, fail: () => Error | undefined = () => undefined): Stream & { text: string } {
  const decoder = new TextDecoder();
  const it = {
    text: "",
    writeSync(bytes: Uint8Array): number {
      const error = fail();
      if (error !== undefined) throw error;
      it.text += decoder.decode(bytes.subarray(0, size), { stream: true });
      return Math.min(size, bytes.length);
    },
    write: (bytes: Uint8Array) => Promise.resolve().then(() => it.writeSync(bytes)),
  };
  return it;
}

/** Fails the first times with an error. */
function firstTimes(times: number, error: Error): () => Error | undefined {
  return () => times-- > 0 ? error : undefined;
}

const TEXT = "some lines\nwith é and €\n";

for (const background of [false, true]) {
  const how = background ? "in the background" : "at once";

  Deno.test(`a stream that takes a few bytes at a time gets all of a text, ${how}`, async () => {
    for (const size of [1, 3, 1000]) {
      const slow = stream(size);
      const sink = new Sink(slow, "output");
      if (background) sink.goToBackground();
      sink.write(TEXT);
      sink.write(TEXT);
      if (!background) assert.equal(slow.text, TEXT + TEXT, "it is written when the call returns");
      assert.equal(await sink.flush(10_000), true);
      assert.deepEqual([slow.text, sink.lost, sink.busy], [TEXT + TEXT, undefined, false]);
    }
  });

  Deno.test(`a pipe that is full for a while loses nothing, ${how}`, async () => {
    const full = stream(5, firstTimes(3, new Deno.errors.WouldBlock("full")));
    const sink = new Sink(full, "output");
    if (background) sink.goToBackground();
    sink.write(TEXT);
    await sink.flush(10_000);
    assert.deepEqual([full.text, sink.lost], [TEXT, undefined]);
  });

  Deno.test(`an error loses text and is remembered, the first one, and no call throws, ${how}`, async () => {
    const errors = [new Error("No space left"), new Error("another")];
    const failing = stream(1000, () => errors.shift());
    const sink = new Sink(failing, "standard error");
    if (background) sink.goToBackground();
    for (const text of ["lost", "lost, too", "written"]) {
      sink.write(text);
      await sink.flush(10_000);
    }
    assert.deepEqual([failing.text, sink.lost], ["written", "standard error: No space left"]);
    assert.equal(sink.readerGone, false);
  });

  Deno.test(`nothing is written after the reader is gone, ${how}`, async () => {
    let writes = 0;
    const closed = stream(1000, () => ++writes > 0 ? new Deno.errors.BrokenPipe("gone") : undefined);
    const sink = new Sink(closed, "output");
    if (background) sink.goToBackground();
    for (let at = 0; at < 3; at += 1) {
      sink.write(TEXT);
      await sink.flush(10_000);
    }
    assert.deepEqual([writes, sink.readerGone, sink.lost], [1, true, "output: gone"]);
  });
}

/** A stream whose writes end when `go` is called. */
function stopped(): Stream & { go: () => void; writes: number } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const it = {
    writes: 0,
    go: resolve,
    writeSync: () => assert.fail("nothing waits for this reader"),
    async write(bytes: Uint8Array): Promise<number> {
      it.writes += 1;
      await promise;
      return bytes.length;
    },
  };
  return it;
}

Deno.test("a stopped reader does not block, and flush ends after its time limit", async () => {
  const reader = stopped();
  const sink = new Sink(reader, "output");
  sink.goToBackground();
  for (let at = 0; at < 100; at += 1) sink.write(TEXT);
  assert.equal(await sink.flush(20), false);
  assert.deepEqual([reader.writes, sink.busy, sink.lost], [1, true, undefined]);
  reader.go();
  assert.equal(await sink.flush(10_000), true);
  assert.deepEqual([reader.writes, sink.busy], [2, false], "what waited is written at once");
});

Deno.test("output beyond the queue of a stopped reader is lost, and the loss is reported", async () => {
  const reader = stopped();
  const sink = new Sink(reader, "output");
  sink.goToBackground();
  sink.write("x".repeat(1024 * 1024));
  assert.equal(sink.lost, undefined);
  sink.write("x");
  assert.match(sink.lost!, /^output: ./);
  reader.go();
  assert.equal(await sink.flush(10_000), true);
});
