import type { DrilledRecord } from "../app/drilled_record.ts";
import { PROGRAM } from "../app/program.ts";
import { jsonDocument } from "../model/printable.ts";
import type { Signer } from "../seal/signer.ts";
import { type Check, type CheckState, worstState } from "./check.ts";
import type { HostDrill } from "./drill.ts";

/** Number of checks by state. */
export interface CheckCounts {
  readonly ok: number;
  readonly failed: number;
  readonly notRun: number;
}

/** Result of a drill over several hosts: see `docs/drill.schema.json`. */
export interface DrillReport {
  readonly format: "nightdrop-drill/1";
  /** Programs with their versions: nightdrop, Deno, and those that restored by hand. */
  readonly programs: readonly string[];
  readonly started: string;
  readonly finished: string;
  readonly seconds: number;
  /** Determines what was drawn: the same seed draws the same. */
  readonly seed: string;
  /** Keys that decrypted the backups: private keys here, or session keys from another machine. */
  readonly opened: "private key" | "session keys";
  readonly state: CheckState;
  readonly checks: CheckCounts;
  readonly hosts: readonly HostDrill[];
}

/** Facts of a report besides the hosts. */
export type ReportHead = Pick<DrillReport, "seed" | "opened"> & {
  readonly started: Date;
  readonly finished: Date;
  /** Programs that took part beside nightdrop. */
  readonly programs: readonly string[];
};

/** Returns all checks of a host. */
export function checksOf({ checks, drilled }: Pick<HostDrill, "checks" | "drilled">): Check[] {
  return [...checks, ...drilled.flatMap((it) => it.checks)];
}

/** Counts checks by their states. */
function countsOf(checks: readonly Check[]): CheckCounts {
  const count = (state: CheckState): number => checks.filter((it) => it.state === state).length;
  return { ok: count("ok"), failed: count("failed"), notRun: count("not run") };
}

/** Returns the report of a drill. */
export function reportOf(hosts: readonly HostDrill[], head: ReportHead): DrillReport {
  const { started, finished, seed, opened, programs } = head;
  return {
    format: "nightdrop-drill/1",
    programs: [PROGRAM, `deno/${Deno.version.deno}`, ...programs],
    started: started.toISOString(),
    finished: finished.toISOString(),
    seconds: (finished.getTime() - started.getTime()) / 1000,
    seed,
    opened,
    state: worstState(hosts.map(({ state }) => state)),
    checks: countsOf(hosts.flatMap(checksOf)),
    hosts,
  };
}

/** Returns what the record of the last drill of a host says. */
export function recordOf(
  it: HostDrill,
  now: Date,
): Omit<DrilledRecord, "version" | "host" | "store" | "passed"> {
  const restored = it.drilled.flatMap(({ sample }) => sample === undefined ? [] : [sample.restored]);
  return {
    at: now.toISOString(),
    result: it.state === "ok" ? "passed" : it.state,
    checks: countsOf(checksOf(it)),
    entries: restored.reduce((sum, { entries }) => sum + entries, 0),
    bytes: restored.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Returns a report as JSON that is clear-signed by a key of the owner and names that key. */
export async function signedReport(report: DrillReport, signer: Signer, now: Date): Promise<string> {
  const { fingerprint, publicKey } = signer;
  const signed = { ...report, signer: { fingerprint, key: publicKey.toBase64() } };
  return await signer.sign(jsonDocument(signed), now);
}
