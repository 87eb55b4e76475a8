/** `docs/STATUS.md`: it lists the rules that exist, and its commands run. */
import assert from "node:assert/strict";
import { DEFAULT_ALERTS } from "../../lib/config/alerts.ts";
import { fleetMetrics } from "../../lib/status/metrics.ts";
import { RULES } from "../../lib/status/rules.ts";
import { alerts, facts } from "../status/nights.ts";
import { run } from "../support/foreign.ts";
import { blocks } from "./blocks.ts";
import { withClone } from "./clone.ts";

const text = Deno.readTextFileSync(new URL("../../docs/STATUS.md", import.meta.url));

Deno.test("docs/STATUS.md lists every rule with its default thresholds", () => {
  const rows = new Map(
    [...text.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|(.*)$/gm)].map((match) => [match[1]!, match[2]!]),
  );
  const names = [...rows.keys()].flatMap((key) => key.split(", ").map((it) => it.replaceAll("`", "")));
  assert.deepEqual(names.sort(), Object.keys(RULES).sort());
  const { age, entries, churn, duration, verified, drilled, recipient } = DEFAULT_ALERTS;
  for (
    const [row, numbers] of [
      ["`age`", [age.warning, age.critical]],
      ["`entries`, `bytes`", [100 * entries.warning, 100 * entries.critical]],
      ["`churn`", [100 * churn.share, churn.times, 100 * churn.sealed, 100 * churn.above]],
      ["`duration`", [duration.warning]],
      ["`verified`", [verified.warning, verified.critical]],
      ["`drilled`", [drilled.warning, drilled.critical]],
      ["`recipient`", [recipient.warning]],
    ] as const
  ) for (const number of numbers) assert.match(rows.get(row)!, new RegExp(`\\b${number}\\b`), row);
});

Deno.test("docs/STATUS.md names every metric", () => {
  const late = facts({ pinned: false });
  const printed = fleetMetrics(
    [{ host: late.host, state: "warning", facts: late, alerts: alerts(late) }],
    new Date(),
  );
  for (const [, name] of printed.matchAll(/^# TYPE nightdrop_fleet(\w+)/gm)) {
    assert.ok(text.includes(`${name}`), name);
  }
});

Deno.test("the commands of docs/STATUS.md run as they are printed", () =>
  withClone(async (clone, env) => {
    const sh = (line: string, cwd: string): ReturnType<typeof run> => run("sh", ["-c", line], { cwd, env });
    const made = await sh("deno task quickstart lib/model --in fleet", clone);
    assert.equal(made.code, 0, made.stderr);
    for (const line of blocks("docs/STATUS.md", "sh").flatMap((block) => block.trim().split("\n"))) {
      const { code, text, stderr } = await sh(
        line.replace("/var/lib/prometheus/node-exporter", clone).replace("/var/www", clone),
        `${clone}/fleet`,
      );
      // status: the signing key is not pinned.
      assert.equal(code, /^deno task status\b/.test(line) ? 5 : 0, `${line}: ${text}${stderr}`);
    }
    assert.ok(Deno.statSync(`${clone}/fleet.prom`).isFile);
  }));
