import { Misuse } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { snapshotTime } from "../model/snapshot.ts";

/** Format of the first line of requests and answers. */
const FORMAT = "nightdrop-drill-request/1";

/** Snapshot that a drill was planned for. */
export interface PlannedSnapshot {
  readonly snapshot: string;
  /** Commitment of its receipt. */
  readonly commitment: string;
}

/** Snapshots of a drill with the private key on another machine: the first line of requests and answers. */
export interface Plan {
  readonly seed: string;
  /** Snapshots by host: the dumps of the first one are checked. None where the store could not be read. */
  readonly hosts: ReadonlyMap<string, readonly PlannedSnapshot[]>;
}

/** Returns a plan as a line of JSON, without its end. */
export function encodePlan({ seed, hosts }: Plan): string {
  return JSON.stringify({ format: FORMAT, seed, hosts: Object.fromEntries(hosts) });
}

/**
 * Reads the line of a plan.
 *
 * @throws {Misuse} if it is anything else.
 */
export function decodePlan(line: string, file: string): Plan {
  try {
    const { format, seed, hosts } = JSON.parse(line);
    const plan: Plan = { seed, hosts: new Map(Object.entries(hosts)) };
    const isPlan = format === FORMAT && typeof seed === "string" &&
      [...plan.hosts.values()].every((it) => Array.isArray(it) && it.every(isPlanned));
    if (isPlan && encodePlan(plan) === line) return plan;
  } catch {
    // not JSON
  }
  throw new Misuse(`"${printable(file)}" is not a request of \`drill\` nor an answer to one`, {
    hint: "Its first line must be that of the request: `head -n 1 REQUEST`",
  });
}

function isPlanned(it: Partial<PlannedSnapshot> | null): boolean {
  return typeof it?.snapshot === "string" && snapshotTime(it.snapshot) !== undefined &&
    /^[0-9a-f]{64}$/.test(String(it.commitment));
}
