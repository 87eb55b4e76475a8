import assert from "node:assert/strict";
import { fleetMetrics } from "../../lib/status/metrics.ts";
import type { HostStatus } from "../../lib/status/status.ts";
import { foreignTest, run } from "../support/foreign.ts";
import { alerts, facts, nights } from "./nights.ts";

const NOW = new Date("2026-05-30T08:00:00Z");

const late = facts({ host: "late.example.org", pinned: false });
const FLEET: readonly HostStatus[] = [
  { host: "good.example.org", state: "good", facts: facts({ host: "good.example.org" }), alerts: [] },
  { host: late.host, state: "critical", facts: late, alerts: alerts(late, { hours: 100 }) },
  {
    host: "new.example.org",
    state: "critical",
    facts: facts({ host: "new.example.org", nights: [], restorableUntil: undefined }),
    alerts: [],
  },
  {
    host: "unread.example.org",
    state: "warning",
    facts: facts({ host: "unread.example.org", verified: undefined, drilled: undefined }),
    alerts: [],
  },
  { host: "away.example.org", state: "unknown", error: "The store is away" },
];

/** Values by the name of their series. */
function valuesOf(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

Deno.test("the metrics of a fleet have its states, times and findings", () => {
  const values = valuesOf(fleetMetrics(FLEET, NOW));
  const of = (name: string, host: string, more = ""): number | undefined =>
    values.get(`nightdrop_fleet_${name}{host="${host}.example.org"${more}}`);
  assert.deepEqual(["good", "late", "new", "away"].map((host) => of("state", host)), [0, 2, 2, 3]);
  assert.equal(of("last_complete_timestamp_seconds", "good"), nights(30).at(-1)!.storedAt.getTime() / 1000);
  assert.equal(of("last_complete_timestamp_seconds", "new"), undefined);
  assert.equal(of("restorable_until_timestamp_seconds", "good"), Date.parse("2027-01-01") / 1000);
  assert.equal(of("sealed_ratio", "good"), 4 / 11);
  assert.equal(of("findings", "late", ',rule="age",severity="critical"'), 1);
  assert.equal(of("findings", "late", ',rule="signer",severity="warning"'), 1);
  assert.equal(of("findings", "good", ',rule="age",severity="critical"'), 0);
  const proof = facts();
  assert.equal(of("verified_timestamp_seconds", "good"), Date.parse(proof.verified!.at) / 1000);
  assert.equal(
    of("verified_all_since_timestamp_seconds", "good"),
    Date.parse(proof.verified!.subsets!.read.at(-1)!) / 1000,
  );
  assert.equal(of("drilled_timestamp_seconds", "good"), Date.parse(proof.drilled!.passed!) / 1000);
  assert.equal(of("verified_timestamp_seconds", "unread"), undefined);
  assert.equal(of("entries", "away"), undefined);
  assert.equal(values.get("nightdrop_fleet_written_timestamp_seconds"), NOW.getTime() / 1000);
});

foreignTest(["promtool"], "promtool accepts the metrics of a fleet without a complaint", async () => {
  for (const fleet of [FLEET, [], FLEET.slice(-1)]) {
    const { code, text, stderr } = await run("promtool", ["check", "metrics"], {
      stdin: fleetMetrics(fleet, NOW),
    });
    assert.deepEqual([code, text, stderr], [0, "", ""]);
  }
});
