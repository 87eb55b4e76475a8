/** Simulated hosts as the trusted machine sees them, some with problems. */
import { DAY_MS } from "../../lib/model/day.ts";
import type { HostFacts } from "../../lib/status/facts.ts";
import type { Night } from "../../lib/snapshots/night.ts";
import { Dice } from "./dice.ts";

export const SIGNER = "ab".repeat(20);
export const RECIPIENT = "cd".repeat(20);

/** Start of all simulated times. */
export const FIRST = Date.parse("2026-05-01T05:00:00Z");

/** Returns a healthy snapshot of the night `at`. */
export function night(at: number, changes: Partial<Night> = {}): Night {
  const storedAt = new Date(FIRST + at * DAY_MS);
  return {
    id: `${storedAt.toISOString().replace(/[-:]|\.\d+/g, "")}-${String(at).padStart(16, "0")}`,
    storedAt,
    duration: 60_000,
    entries: 10_000,
    bytes: 1e9,
    sent: { entries: 100, bytes: 1e7 },
    unread: 0,
    plain: 1.1e7,
    sealed: 4e6,
    stored: 4.1e6,
    signer: SIGNER,
    recipients: [RECIPIENT],
    program: "nightdrop/0.2.0",
    ...changes,
  };
}

/** Returns the facts of a healthy host with these snapshots. */
export function factsOf(host: string, nights: readonly Night[]): HostFacts {
  return {
    host,
    nights,
    findings: [],
    restorableUntil: "2027-01-01",
    stored: nights.reduce((sum, { stored }) => sum + stored, 0),
    recipients: [{ fingerprint: RECIPIENT, expires: undefined }],
    oldKeys: [],
    mirrors: [],
    pinned: true,
    ...proofOf(host, nights.at(-1)?.storedAt ?? new Date(FIRST)),
  };
}

/**
 * Returns the records of a host that is verified every night, a thirtieth of its objects at a time, and drilled every month.
 *
 * @param until Time of the last verification.
 */
export function proofOf(host: string, until: Date): Pick<HostFacts, "verified" | "drilled"> {
  const at = (days: number): string => new Date(until.getTime() - days * DAY_MS).toISOString();
  const days = Math.floor((until.getTime() - FIRST) / DAY_MS);
  return {
    verified: {
      version: 1,
      host,
      store: "/srv/store",
      at: at(0),
      result: "good",
      kind: "subset",
      snapshots: days,
      objects: 100,
      bytes: 1e8,
      findings: 0,
      complete: null,
      subsets: {
        since: new Date(FIRST).toISOString(),
        read: Array.from({ length: 30 }, (_, ago) => ago > days ? null : at(ago)),
      },
      damage: null,
    },
    drilled: {
      version: 1,
      host,
      store: "/srv/store",
      passed: at(Math.max(days, 0) % 30),
      at: at(Math.max(days, 0) % 30),
      result: "passed",
      checks: { ok: 10, failed: 0, notRun: 0 },
      entries: 100,
      bytes: 1e6,
    },
  };
}

/** Night of the first problem. */
export const PLANTED = 120;

/** Day on which a recipient key expires. */
const EXPIRES = new Date(FIRST + (PLANTED + 30.5) * DAY_MS);

/** Simulated host: it grows slowly, sends changes, re-sends files in small steps, and takes longer on some nights. */
export class SimulatedHost {
  readonly #dice: Dice;
  readonly #entries: number;
  readonly #churn: number;
  readonly #ratio: number;
  readonly #duration: number;

  constructor(seed: number) {
    this.#dice = new Dice(seed);
    this.#entries = 50 + this.#dice.below(300_000);
    this.#churn = 0.002 + 0.05 * this.#dice.share();
    this.#ratio = 0.2 + 0.6 * this.#dice.share();
    this.#duration = 10_000 + this.#dice.below(1_800_000);
  }

  night(at: number, changes: Partial<Night> = {}): Night {
    const near = (value: number, by: number): number => value * (1 - by + 2 * by * this.#dice.share());
    const entries = Math.round(near(this.#entries * (1 + at / 1000), 0.05));
    const sent = at === 0 ? entries : Math.round(near(entries * (this.#churn + 1 / 30), 0.6));
    const plain = 1000 + sent * 9000;
    const jitter = (this.#dice.share() - 0.5) * 2 * 3_600_000;
    return night(at, {
      storedAt: new Date(FIRST + at * DAY_MS + jitter),
      entries,
      bytes: entries * 8000,
      sent: { entries: sent, bytes: sent * 8000 },
      plain,
      sealed: Math.round(plain * near(this.#ratio, 0.1)),
      duration: Math.round(near(this.#duration, 0.5)),
      ...changes,
    });
  }
}

/** Returns the record of a host whose verification of the first night with a problem was missed. */
function withMissedNight(since: number): HostFacts["verified"] {
  const record = proofOf("", night(PLANTED + since).storedAt).verified!;
  if (since >= 30) return record; // the turn of that night's subset has come again
  const last = night(PLANTED - 30).storedAt.toISOString();
  return { ...record, subsets: { ...record.subsets!, read: record.subsets!.read.with(since, last) } };
}

/** Problems that start in one night, the expected alert, and after how many nights it must be reported. */
export const CAUSES: Readonly<
  Record<string, {
    readonly change?: (it: Night, since: number) => Partial<Night> | undefined;
    readonly facts?: (since: number) => Partial<HostFacts>;
    readonly expected: Readonly<Record<number, string>>;
  }>
> = {
  silent: { change: () => undefined, expected: { 0: "age: warning", 1: "age: critical" } },
  incomplete: {
    change: () => ({ unread: 2 }),
    expected: { 0: "incomplete: warning", 2: "incomplete: critical" },
  },
  shrinking: {
    change: (it, since) => ({
      entries: Math.round(it.entries * (since === 0 ? 0.6 : 0.4)),
      sent: { entries: 1, bytes: 1 },
    }),
    expected: { 0: "entries: warning", 1: "entries: critical" },
  },
  emptied: { change: () => ({ bytes: 0 }), expected: { 0: "bytes: critical" } },
  encrypted: {
    change: (it, since) =>
      since > 0 ? {} : { sent: { entries: it.entries, bytes: it.bytes }, plain: it.bytes, sealed: it.bytes },
    expected: { 0: "churn: critical" },
  },
  slow: {
    change: (it, since) => since > 0 ? {} : ({ duration: it.duration * 8 + 3_600_000 }),
    expected: { 0: "duration: warning" },
  },
  damaged: {
    facts: () => ({ findings: [{ kind: "damage", snapshot: "x", what: "a part is missing" }] }),
    expected: { 0: "integrity: critical" },
  },
  changed: {
    facts: () => ({ findings: [{ kind: "warning", snapshot: "x", what: "signed by another key" }] }),
    expected: { 0: "integrity: warning" },
  },
  expiring: {
    facts: () => ({ recipients: [{ fingerprint: RECIPIENT, expires: EXPIRES }] }),
    expected: { 1: "recipient: warning", 31: "recipient: critical" },
  },
  outdated: { change: () => ({ recipients: ["ef".repeat(20)] }), expected: { 0: "sealedTo: critical" } },
  unverified: {
    facts: () => ({ verified: proofOf("", night(PLANTED - 1).storedAt).verified }),
    expected: { 6: "verified: warning", 29: "verified: critical" },
  },
  unread: {
    facts: (since) => ({ verified: withMissedNight(since) }),
    expected: { 7: "verified: warning", 29: "verified: warning" },
  },
  rotten: {
    facts: (since) => ({
      verified: {
        ...proofOf("", night(PLANTED + since).storedAt).verified!,
        damage: { at: night(PLANTED).storedAt.toISOString(), findings: 1 },
      },
    }),
    expected: { 0: "verified: critical", 20: "verified: critical" },
  },
  undrilled: {
    facts: () => ({ drilled: proofOf("", night(PLANTED).storedAt).drilled }),
    expected: { 35: "drilled: warning" },
  },
  lost: {
    facts: (since) => {
      const drilled = proofOf("", night(PLANTED + since).storedAt).drilled!;
      return { drilled: { ...drilled, result: "failed", checks: { ok: 9, failed: 1, notRun: 0 } } };
    },
    expected: { 0: "drilled: critical" },
  },
  unpinned: { facts: () => ({ pinned: false }), expected: { 0: "signer: warning" } },
};
