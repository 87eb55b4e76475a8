import assert from "node:assert/strict";
import { DAY_MS } from "../../lib/model/day.ts";
import type { Alerts } from "../../lib/config/alerts.ts";
import type { HostFacts, MirrorFacts } from "../../lib/status/facts.ts";
import type { Night } from "../../lib/snapshots/night.ts";
import type { DrilledRecord } from "../../lib/app/drilled_record.ts";
import type { VerifiedRecord } from "../../lib/app/verified_record.ts";
import { lengthOfTime } from "../../lib/model/length_of_time.ts";
import { RULES } from "../../lib/status/rules.ts";
import { alerts, facts, FIRST, named, night, nights, RECIPIENT } from "./nights.ts";

/** The facts of 30 nights, of which the last one is another. */
function last(changes: Partial<Night>): HostFacts {
  return facts({ nights: [...nights(29), night(29, changes)] });
}

/** The facts of 30 nights, of which the last ones are incomplete. */
function incomplete(count: number): HostFacts {
  return facts({ nights: nights(30).map((it, at) => at < 30 - count ? it : { ...it, unread: 5 }) });
}

function finding(kind: "damage" | "warning" | "note" | "unreadable"): HostFacts {
  return facts({ findings: [{ kind, snapshot: undefined, what: "something" }] });
}

function expiring(days: number): HostFacts {
  const expires = new Date(Date.parse("2026-05-30T08:00:00Z") + days * DAY_MS);
  return facts({ recipients: [{ fingerprint: RECIPIENT, expires }] });
}

/** The time so many days before `NOW`. */
function ago(days: number): string {
  return new Date(NOW - days * DAY_MS).toISOString();
}

const NOW = FIRST + 29 * DAY_MS + 3 * 3_600_000;

/** The facts of a host whose content was read by whole verifications only. */
function read(days: number, changes: Partial<VerifiedRecord> = {}): HostFacts {
  const { verified } = facts();
  return facts({
    verified: { ...verified!, kind: "content", complete: ago(days), subsets: null, ...changes },
  });
}

/** The facts of a host of which one of thirty subsets was read so long ago, or never. */
function subsets(oldest: string | null, since: string, complete: string | null = null): HostFacts {
  const times = Array.from({ length: 30 }, (_, at) => at === 12 ? oldest : ago(at / 10));
  return read(0, { kind: "subset", complete, subsets: { since, read: times } });
}

function mirror(changes: Partial<MirrorFacts>): HostFacts {
  const good = { name: "first", error: undefined, findings: [], lacked: [], verified: undefined };
  return facts({ mirrors: [good, { ...good, name: "second", ...changes }] });
}

/** The facts of a host with a mirror whose content was read so long ago. */
function readMirror(days: number, changes: Partial<VerifiedRecord> = {}): HostFacts {
  return mirror({ verified: read(days, changes).verified });
}

const DAMAGE = { kind: "damage", snapshot: "20260101T000000Z-0", what: "A part is missing" } as const;

function drill(changes: Partial<DrilledRecord>): HostFacts {
  return facts({ drilled: { ...facts().drilled!, ...changes } });
}

const CASES: readonly (readonly [about: string, facts: HostFacts, hours: number, expected: string[]])[] = [
  ["a healthy host", facts(), 3, []],
  ["a host that is 1.25 intervals and an hour old", facts(), 31, []],
  ["a host that is older than that", facts(), 31.1, ["age: warning"]],
  ["a host that is two intervals old", facts(), 48, ["age: warning"]],
  ["a host that is older than that", facts(), 48.1, ["age: critical"]],
  ["a host without any snapshot", facts({ nights: [] }), 3, ["age: critical"]],
  ["a host without a complete snapshot", incomplete(30), 3, ["age: critical", "incomplete: critical"]],
  ["a host whose last snapshot is incomplete", incomplete(1), 3, ["incomplete: warning"]],
  ["a host whose last two are", incomplete(2), 3, ["age: critical", "incomplete: warning"]],
  ["a host whose last three are", incomplete(3), 3, ["age: critical", "incomplete: critical"]],
  ["70 % of the entries", last({ entries: 7000 }), 3, []],
  ["less than 70 % of the entries", last({ entries: 6999 }), 3, ["entries: warning"]],
  ["half of the entries", last({ entries: 5000 }), 3, ["entries: warning"]],
  ["less than half of the entries", last({ entries: 4999 }), 3, ["entries: critical"]],
  ["an empty tree", last({ entries: 0, bytes: 0 }), 3, ["entries: critical", "bytes: critical"]],
  ["less than 70 % of the bytes", last({ bytes: 6.9e8 }), 3, ["bytes: warning"]],
  ["less than half of the bytes", last({ bytes: 4.9e8 }), 3, ["bytes: critical"]],
  ["a fifth of the entries sent", last({ sent: { entries: 2000, bytes: 1 } }), 3, []],
  ["more than a fifth of the entries sent", last({ sent: { entries: 2001, bytes: 1 } }), 3, [
    "churn: warning",
  ]],
  [
    "much sent that does not compress",
    last({ sent: { entries: 9000, bytes: 9e8 }, plain: 1e9, sealed: 9.99e8 }),
    3,
    ["churn: critical"],
  ],
  [
    "much sent that never compressed",
    facts({
      nights: nights(30).map((it, at) => ({
        ...it,
        sealed: it.plain,
        ...(at === 29 && { sent: { entries: 9000, bytes: 1 } }),
      })),
    }),
    3,
    ["churn: warning"],
  ],
  [
    "much sent of a small tree",
    facts({
      nights: nights(30).map((it, at) => ({
        ...it,
        entries: 999,
        sent: { entries: at === 29 ? 999 : 1, bytes: 1 },
      })),
    }),
    3,
    [],
  ],
  ["a night of eleven minutes", last({ duration: 660_000 }), 3, []],
  ["a night that is longer than that", last({ duration: 661_000 }), 3, ["duration: warning"]],
  ["a key that expires in 31 days", expiring(31), 3, []],
  ["a key that expires in 30 days", expiring(30), 3, ["recipient: warning"]],
  ["a key that has expired", expiring(0), 3, ["recipient: critical"]],
  ["a snapshot that is sealed to other keys", last({ recipients: ["ef".repeat(20)] }), 3, [
    "sealedTo: critical",
  ]],
  [
    "a snapshot that is sealed to another key, too",
    last({ recipients: [RECIPIENT, "ef".repeat(20)] }),
    3,
    ["sealedTo: warning"],
  ],
  ["a host that is not pinned", facts({ pinned: false }), 3, ["signer: warning"]],
  ["content that was read 7 days ago", read(7), 3, []],
  ["content that was read longer ago", read(7.1), 3, ["verified: warning"]],
  ["content that was read 30 days ago", read(30), 3, ["verified: warning"]],
  ["content that was read longer ago than that", read(30.1), 3, ["verified: critical"]],
  ["a subset whose turn was missed 7 days ago", subsets(ago(37), ago(60)), 3, []],
  ["a subset whose turn was missed longer ago", subsets(ago(37.1), ago(60)), 3, ["verified: warning"]],
  ["a subset whose turn was missed twice", subsets(ago(60.1), ago(90)), 3, ["verified: critical"]],
  ["a missed subset, and a whole verification since", subsets(ago(90), ago(99), ago(5)), 3, []],
  ["a subset that was never read in a first cycle", subsets(null, ago(29)), 3, []],
  ["a subset that was never read", subsets(null, ago(37.1)), 3, ["verified: warning"]],
  ["damage that reading found", read(1, { damage: { at: ago(9), findings: 2 } }), 3, ["verified: critical"]],
  [
    "content that was never read for a week",
    facts({ verified: undefined, nights: nights(30).slice(-7) }),
    3,
    [],
  ],
  ["a mirror whose content was read a week ago", readMirror(7), 3, []],
  ["a mirror whose content was read longer ago", readMirror(7.1), 3, ["verified: warning"]],
  ["a mirror whose content was read more than 30 days ago", readMirror(30.1), 3, ["verified: critical"]],
  ["a mirror in which only receipts were read", readMirror(9, { complete: null }), 3, []],
  [
    "damage that reading a mirror found",
    readMirror(1, { damage: { at: ago(9), findings: 2 } }),
    3,
    ["verified: critical"],
  ],
  ["content that was never read", facts({ verified: undefined }), 3, ["verified: warning"]],
  ["content of which only receipts were checked", read(0, { kind: "presence", complete: null }), 3, [
    "verified: warning",
  ]],
  [
    "a host without a snapshot and without records",
    facts({ nights: [], verified: undefined, drilled: undefined }),
    3,
    [
      "age: critical",
    ],
  ],
  ["a drill 35 days ago", drill({ passed: ago(35) }), 3, []],
  ["a good mirror", mirror({}), 3, []],
  ["a mirror that cannot be read", mirror({ error: "The disk is away" }), 3, ["mirrored: warning"]],
  ["a mirror two days behind", mirror({ lacked: [night(28), night(29)] }), 3, []],
  ["a mirror further behind", mirror({ lacked: [night(26)] }), 3, ["mirrored: warning"]],
  ["a mirror a week behind", mirror({ lacked: [night(21)] }), 3, ["mirrored: critical"]],
  ["a damaged mirror", mirror({ findings: [DAMAGE], lacked: [night(26)] }), 3, ["mirrored: critical"]],
  ["a drill longer ago", drill({ passed: ago(35.1) }), 3, ["drilled: warning"]],
  ["a drill 100 days ago", drill({ passed: ago(100.1) }), 3, ["drilled: critical"]],
  ["a drill that failed", drill({ result: "failed", passed: ago(1) }), 3, ["drilled: critical"]],
  ["a drill that could not run, after one that passed", drill({ result: "not run", passed: ago(3) }), 3, []],
  ["a host of a month that was never drilled", facts({ drilled: undefined }), 3, []],
  [
    "a host of 36 days that was never drilled",
    facts({ drilled: undefined, nights: [night(-7), ...nights(30)] }),
    3,
    ["drilled: warning"],
  ],
  ["damage", finding("damage"), 3, ["integrity: critical"]],
  ["something to be looked at", finding("warning"), 3, ["integrity: warning"]],
  ["something worth knowing", finding("note"), 3, []],
];

for (const [about, it, hours, expected] of CASES) {
  Deno.test(`status reports ${expected.join(", ") || "nothing"} for ${about}, after ${hours} hours`, () => {
    assert.deepEqual(named(alerts(it, { hours })).sort(), [...expected].sort());
  });
}

Deno.test("no rule compares with what is usual before there are seven snapshots", () => {
  const odd = { entries: 1, bytes: 1, duration: 1e9, sent: { entries: 1, bytes: 1 } };
  for (const count of [1, 2, 5, 6, 7]) {
    const few = [...nights(30).slice(30 - count, -1), night(29, odd)];
    const found = named(alerts(facts({ nights: few })));
    assert.equal(found.length > 0, count === 7, `${count}: ${found}`);
  }
});

Deno.test("each rule can be switched off, and none reports anything then", () => {
  const worst = facts({
    nights: [
      ...nights(29),
      night(29, { unread: 3, sent: { entries: 9999, bytes: 1 }, duration: 1e9, recipients: [] }),
    ],
    recipients: expiring(0).recipients,
    pinned: false,
  });
  const shrunk = last({ entries: 1, bytes: 1 });
  for (const [it, hours] of [[worst, 100], [shrunk, 3]] as const) {
    for (const { rule } of alerts(it, { hours })) {
      const off = { [rule]: false } as Partial<Alerts>;
      assert.ok(
        !named(alerts(it, { hours, thresholds: off })).some((name) => name.startsWith(`${rule}:`)),
        rule,
      );
    }
  }
});

Deno.test("every alert has a fact and a remedy", () => {
  for (const [about, it, hours] of CASES) {
    for (const { rule, what, remedy } of alerts(it, { hours })) {
      assert.match(what, /^[^.]+[^.]$/, `${about}: ${rule}`);
      assert.match(remedy, /^[A-Z`].{8,}[^.]$/, `${about}: ${rule}`);
    }
  }
});

Deno.test("every rule has a case that it reports", () => {
  const seen = new Set(CASES.flatMap(([, , , expected]) => expected.map((it) => it.split(":")[0])));
  assert.deepEqual([...seen].sort(), Object.keys(RULES).sort());
});

Deno.test("a host that runs once a week is late after more than a week", () => {
  const weekly = facts({ nights: [1, 8, 15, 22, 29].map((at) => night(at)) });
  const thresholds = { verified: false, drilled: false } as const;
  assert.deepEqual(named(alerts(weekly, { hours: 7 * 30, thresholds })), []);
  assert.deepEqual(named(alerts(weekly, { hours: 7 * 30 + 1.1, thresholds })), ["age: warning"]);
  assert.deepEqual(named(alerts(weekly, { hours: 14 * 24 + 1, thresholds })), ["age: critical"]);
});

Deno.test("a length of time is shown in its two largest units", () => {
  const minute = 60_000;
  for (
    const [milliseconds, text] of [
      [0, "0 s"],
      [499, "0 s"],
      [59_000, "59 s"],
      [minute, "1 min"],
      [61_000, "1 min 1 s"],
      [90 * minute, "1 h 30 min"],
      [24 * 60 * minute, "1 d"],
      [(24 * 60 + 59) * minute, "1 d"],
      [(3 * 24 + 4) * 60 * minute, "3 d 4 h"],
    ] as const
  ) assert.equal(lengthOfTime(milliseconds), text);
});
