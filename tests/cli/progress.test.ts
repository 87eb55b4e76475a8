import assert from "node:assert/strict";
import { ProgressLine } from "../../lib/cli/progress.ts";

function line(
  total: number | undefined,
): { written: string[]; progress: ProgressLine; at: (ms: number) => void } {
  const written: string[] = [];
  let now = 0;
  const progress = new ProgressLine((text) => written.push(text), () => now);
  progress.total = total;
  return { written, progress, at: (ms) => now = ms };
}

Deno.test("the line shows entries, bytes, rate and time left", () => {
  const { written, progress, at } = line(4 * 2 ** 20);
  at(2000);
  progress.update({ event: "progress", entries: 1500, bytes: 2 ** 20 });
  assert.deepEqual(written, ["\r\x1b[K25 %, 1,500 entries, 1.0 MiB, 512.0 KiB/s, 6.0 s left"]);
});

Deno.test("without a total the line shows a rate and no time left", () => {
  const { written, progress, at } = line(undefined);
  at(1000);
  progress.update({ event: "progress", entries: 1, bytes: 1024 });
  assert.deepEqual(written, ["\r\x1b[K1 entries, 1.0 KiB, 1.0 KiB/s"]);
});

Deno.test("the line is drawn at most ten times a second, and cleared only if it is visible", () => {
  const { written, progress, at } = line(100);
  progress.clear();
  at(100);
  progress.update({ event: "progress", entries: 1, bytes: 1 });
  at(150);
  progress.update({ event: "progress", entries: 2, bytes: 2 });
  assert.equal(written.length, 1);
  progress.clear();
  progress.clear();
  assert.deepEqual(written.slice(1), ["\r\x1b[K"]);
});

Deno.test("the line is not longer than a narrow terminal, where it would wrap and stay", () => {
  const written: string[] = [];
  let now = 0;
  const progress = new ProgressLine((text) => written.push(text), () => now, () => 40);
  progress.total = 2 ** 40;
  now = 2000;
  progress.update({ event: "progress", entries: 1_500_000, bytes: 2 ** 30 });
  assert.equal(written[0]!.replace("\r\x1b[K", "").length, 39);
});
