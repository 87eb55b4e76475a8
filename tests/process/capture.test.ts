import assert from "node:assert/strict";
import { capture } from "../../lib/process/capture.ts";

const never = new AbortController().signal;
const LIMITS = { signal: never, timeLimit: 10_000, maxBytes: 1000 };
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

Deno.test("the output and exit of a program are captured, and its environment is empty", async () => {
  const { code, stdout, stderr, cut } = await capture("sh", ["-c", "env; echo bad >&2; pwd; exit 7"], LIMITS);
  const lines = text(stdout).trim().split("\n").filter((line) => !/^(PWD|_|SHLVL|OLDPWD)=/.test(line));
  assert.deepEqual([code, cut, lines, text(stderr)], [7, undefined, ["LC_ALL=C", "/"], "bad\n"]);
});

Deno.test("a program that a signal ends has no exit code", async () => {
  const { code, cut } = await capture("sh", ["-c", "kill -TERM $$"], LIMITS);
  assert.deepEqual([code, cut], [undefined, undefined]);
});

Deno.test("a program that takes too long is ended", async () => {
  const begun = performance.now();
  // Long enough for the first line on a busy machine.
  const limits = { ...LIMITS, timeLimit: 1500 };
  const { code, cut, stdout } = await capture("sh", ["-c", "echo a; exec sleep 100"], limits);
  assert.deepEqual([code, cut, text(stdout)], [undefined, "too long", "a\n"]);
  assert.ok(performance.now() - begun < 8000);
});

Deno.test("a program whose output another keeps open is given up", async () => {
  const { cut } = await capture("sh", ["-c", "sleep 20 & exit 0"], { ...LIMITS, timeLimit: 100 });
  assert.equal(cut, "too long");
});

Deno.test("a program that writes too much is ended, and the beginning of its output is kept", async () => {
  for (const script of ["yes", "yes >&2", "printf %01001d 1"]) {
    const { code, cut, stdout, stderr } = await capture("sh", ["-c", script], LIMITS);
    assert.deepEqual([code, cut, stdout.length + stderr.length], [undefined, "too much", 1000]);
  }
  const { code, stdout } = await capture("sh", ["-c", "printf %01000d 1"], LIMITS);
  assert.deepEqual([code, stdout.length], [0, 1000]);
});

Deno.test("a program that is no longer needed is ended with the reason of the signal", async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("enough")), 100);
  const limits = { ...LIMITS, signal: controller.signal };
  await assert.rejects(capture("sleep", ["100"], limits), /enough/);
  await assert.rejects(capture("sleep", ["100"], limits), /enough/);
});

Deno.test("a missing program cannot be started", async () => {
  await assert.rejects(capture("there-is-no-such-program", [], LIMITS), Deno.errors.NotFound);
});
