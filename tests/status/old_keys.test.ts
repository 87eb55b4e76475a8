/** Until when keys that the config no longer names are needed. */
import assert from "node:assert/strict";
import { statusLines, statusRecord } from "../../lib/cli/status_lines.ts";
import type { Host } from "../../lib/config/types.ts";
import { oldKeys } from "../../lib/status/old_keys.ts";
import { type HostStatus, status } from "../../lib/status/status.ts";
import { directory, file } from "../source/tree.ts";
import { withLife } from "../support/life.ts";
import { NO_RECORDS } from "./nights.ts";

/** Old keys of snapshots `[recipients, day]`, in a config with the keys `current`; "over": not restorable. */
function found(snapshots: readonly [recipients: string, day?: string][], current: string): string[] {
  const nights = snapshots.map(([recipients], at) => ({ id: `${at}`, recipients: [...recipients] }));
  const restorable = snapshots.flatMap(([, until], at) =>
    until === "over" ? [] : [{ snapshot: `${at}`, until }]
  );
  return oldKeys(nights, restorable, [...current].map((fingerprint) => ({ fingerprint })))
    .map(({ fingerprint, snapshots, until }) => `${fingerprint} ${snapshots} ${until ?? "always"}`);
}

Deno.test("an old key is needed until the last snapshot expires that no key of the config opens", () => {
  const old: [string, string][] = [["A", "2026-11-01"], ["A", "2026-11-09"], ["A", "2026-11-03"]];
  assert.deepEqual(found(old, "A"), []);
  assert.deepEqual(found([...old, ["B", "2026-12-01"]], "B"), ["A 3 2026-11-09"]);
  assert.deepEqual(found([...old, ["AB", "2026-12-01"]], "B"), ["A 3 2026-11-09"], "B opens the last one");
  assert.deepEqual(found([["A", "over"], ["B", "2026-12-01"]], "B"), []);
  assert.deepEqual(found([["A"], ["A", "2026-11-09"]], "B"), ["A 2 always"]);
  assert.deepEqual(found([["A", "2026-11-01"], ["AC", "2026-11-02"], ["D"]], "B"), [
    "D 1 always",
    "A 2 2026-11-02",
    "C 1 2026-11-02",
  ]);
  assert.deepEqual(found([], "A"), []);
});

Deno.test("status prints until when the key before a change of recipients is needed", () =>
  withLife(directory({ a: file("one") }), async (life) => {
    await life.backup();
    const { fingerprint, file: key } = life.host.recipients[0]!;
    const look = async (host: Host): Promise<Exclude<HostStatus, { state: "unknown" }>> => {
      const [it] = await Array.fromAsync(
        status([host], (_, body) => body(life.store.reader), NO_RECORDS, life.run),
      );
      assert.ok(it!.state !== "unknown");
      return it!;
    };
    assert.equal("oldKeys" in statusRecord(await look(life.host)), false);

    const changed = { ...life.host, recipients: [{ file: key, fingerprint: "ab".repeat(20) }] };
    const found = await look(changed);
    const [old] = found.facts.oldKeys;
    assert.deepEqual(old, { fingerprint, snapshots: 1, until: undefined }, "this store has no expiry");
    const dated = { ...found, facts: { ...found.facts, oldKeys: [{ ...old!, until: "2026-12-01" }] } };
    const notes = statusLines([found, dated], new Date(life.now)).filter((line) => line.startsWith("  note"));
    const why = "the config no longer names it, and it opens 1 snapshot";
    assert.deepEqual(notes, [
      `  note: keep the key ${fingerprint} for as long as its snapshots are stored: ${why}`,
      `  note: keep the key ${fingerprint} until 2026-12-01: ${why}`,
    ]);
  }));
