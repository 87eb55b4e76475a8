import assert from "node:assert/strict";
import type { Finding } from "../../lib/verify/findings.ts";
import { FindingLog } from "../../lib/verify/finding_log.ts";

Deno.test("directories that are no snapshots are reported one by one, and then counted", () => {
  const found: Finding[] = [];
  const report = new FindingLog("web1", (finding) => found.push(finding));
  for (let at = 0; at < 100_000; at += 1) report.addDirectory("damage", `\x1b${at}`, "junk");
  for (let at = 0; at < 60; at += 1) report.addDirectory("note", `${at}`, "unfinished");
  for (let at = 0; at < 100; at += 1) report.add("warning", "x", "of a snapshot");
  report.conclude();
  assert.equal(found.length, 50 + 50 + 100 + 2);
  assert.deepEqual(found.slice(-2).map(({ what }) => what), [
    "99950 more directories are no good snapshots",
    "10 more directories are no good snapshots",
  ]);
  assert.equal(found[0]!.snapshot, "\\x1b0");
  const kinds = ["damage", "note", "warning", "unreadable"] as const;
  assert.deepEqual(kinds.map((kind) => report.count(kind)), [100_000, 60, 100, 0]);
});

Deno.test("findings of one snapshot are reported up to a number, and then counted", () => {
  const found: Finding[] = [];
  const report = new FindingLog("web1", (finding) => found.push(finding));
  for (let at = 0; at < 1000; at += 1) report.add("damage", "a", `${at}`);
  report.add("damage", "b", "one");
  report.conclude();
  assert.equal(found.length, 102);
  assert.deepEqual(found.at(-2)!.snapshot, "b");
  assert.deepEqual(found.at(-1), {
    kind: "note",
    host: "web1",
    snapshot: "a",
    what: "900 more findings were counted only",
  });
  assert.equal(report.count("damage"), 1001);
});
