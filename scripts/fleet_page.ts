/**
 * Creates the screenshot of `docs/STATUS.md`: the page of a simulated fleet, in a real browser.
 *
 *     deno task fleet-page
 */
import { DEFAULT_ALERTS } from "../lib/config/alerts.ts";
import { DAY_MS } from "../lib/model/day.ts";
import { fleetPages } from "../lib/status/page/pages.ts";
import { alertsOf, usualInterval } from "../lib/status/rules.ts";
import type { HostStatus } from "../lib/status/status.ts";
import { CAUSES, factsOf, FIRST, PLANTED, proofOf, SimulatedHost } from "./simulate/fleet.ts";

const [DAY, HOSTS] = [PLANTED + 3, 40];
const NOW = new Date(FIRST + DAY * DAY_MS + 3 * 3_600_000);
const NIGHT = new Date(FIRST + DAY * DAY_MS);

/** Problems of some of the hosts. */
const PLANTED_CAUSES: Readonly<Record<number, keyof typeof CAUSES>> = {
  3: "silent",
  8: "incomplete",
  20: "encrypted",
  31: "unpinned",
};

function statusOf(at: number): HostStatus {
  const cause = CAUSES[PLANTED_CAUSES[at] ?? ""];
  const host = new SimulatedHost(at + 1);
  const nights = Array.from({ length: DAY + 1 }, (_, day) => {
    const night = host.night(day);
    const since = day - (cause === CAUSES.encrypted ? DAY : PLANTED);
    if (since < 0 || cause?.change === undefined) return night;
    const changes = cause.change(night, since);
    return changes && { ...night, ...changes };
  }).filter((it) => it !== undefined);
  const facts = {
    ...factsOf(`web${at + 1}.example.org`, nights.slice(-90)),
    ...proofOf(`web${at + 1}.example.org`, NIGHT),
    ...cause?.facts?.(DAY - PLANTED),
  };
  const interval = usualInterval(facts.nights);
  const alerts = alertsOf({ facts, thresholds: DEFAULT_ALERTS, interval, now: NOW });
  return { host: facts.host, state: alerts[0]?.severity ?? "good", facts, alerts };
}

const directory = Deno.makeTempDirSync();
const statuses = Array.from({ length: HOSTS }, (_, at) => statusOf(at));
for (const [name, text] of fleetPages(statuses, [], NOW)) {
  Deno.writeTextFileSync(`${directory}/${name}`, text);
}
const { success } = await new Deno.Command("chromium", {
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--window-size=1800,460",
    `--user-data-dir=${directory}/profile`,
    `--screenshot=${new URL("../docs/fleet.png", import.meta.url).pathname}`,
    `file://${directory}/index.html`,
  ],
  stdout: "null",
  stderr: "null",
}).output();
Deno.removeSync(directory, { recursive: true });
Deno.exit(success ? 0 : 1);
