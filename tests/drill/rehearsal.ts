/** Drills of hosts whose stores are in memory. */
import { type HostDrill, type Rehearsal, rehearse as rehearseHost } from "../../lib/drill/drill.ts";
import type { Check } from "../../lib/drill/check.ts";
import { restoreByNightdrop } from "../../lib/drill/restorer.ts";
import { workers } from "../../lib/workers/pool.ts";
import type { Host } from "../../lib/config/types.ts";
import type { Run } from "../../lib/app/events.ts";
import type { Scenario } from "../support/scenario.ts";

export interface RehearsalOptions extends Partial<Rehearsal> {
  readonly host?: Partial<Host>;
  readonly run?: Partial<Run>;
}

/** Drills the host of a test, with its temporary files below the directory of the test. */
export async function rehearse(
  it: Scenario,
  { host, run, ...options }: RehearsalOptions = {},
): Promise<HostDrill> {
  const temp = `${it.directory}/temp`;
  Deno.mkdirSync(temp, { recursive: true });
  using pool = workers(1); // a thread takes longer than what there is to do
  const how = { keys: it.identities, seed: "seed", temp, restore: restoreByNightdrop(pool), ...options };
  return await rehearseHost({ ...it.host, ...host }, it.store.reader, how, { ...it.run, ...run });
}

/** All checks of a drill. */
export function checksOf({ checks, drilled }: HostDrill): Check[] {
  return [...checks, ...drilled.flatMap((it) => it.checks)];
}

/** The checks that are not ok. */
export function troublesOf(found: HostDrill): Check[] {
  return checksOf(found).filter(({ state }) => state !== "ok");
}
