import assert from "node:assert/strict";
import type { Check } from "../../lib/drill/check.ts";
import type { HostDrill } from "../../lib/drill/drill.ts";
import { type DrillReport, reportOf, signedReport } from "../../lib/drill/report.ts";
import { drillHeadline, hostLines } from "../../lib/cli/drill_lines.ts";
import { openIdentities } from "../../lib/app/keys.ts";
import { Secret } from "../../lib/model/secret.ts";
import { generateIdentity } from "../../lib/seal/identity.ts";
import { generateSigner, readSigner } from "../../lib/seal/signer.ts";
import { withDirectory } from "../support/directory.ts";
import { foreignTest, must } from "../support/foreign.ts";
import { RSA, withGnuPg } from "../seal/gnupg.ts";

const SNAPSHOT = "20261129T010000Z-0123456789abcdef";
const NOW = new Date("2026-11-29T01:00:00Z");

function hostDrill(host: string, checks: Check[]): HostDrill {
  const states = checks.map(({ state }) => state);
  const state = (["failed", "not run"] as const).find((it) => states.includes(it)) ?? "ok";
  const sample = {
    entries: 4,
    bytes: 2048,
    ofEntries: 400,
    ofBytes: 2 ** 21,
    tooLarge: 1,
    restored: { entries: 3, bytes: 9 },
  };
  const drilled = [{ snapshot: SNAPSHOT, commitment: "ab".repeat(32), seconds: 1.5, sample, checks }];
  return { host, state, snapshots: 30, pinned: true, seconds: 2.5, drilled, checks: [] };
}

const HOSTS = [
  hostDrill("web1", [{ snapshot: SNAPSHOT, subject: "index", state: "ok" }]),
  hostDrill("db1", [
    { snapshot: SNAPSHOT, subject: "index", state: "ok" },
    {
      snapshot: SNAPSHOT,
      subject: "entry",
      path: "/a\u202e\n",
      draw: "count",
      state: "failed",
      reason: "its content has another SHA-256",
    },
    {
      snapshot: SNAPSHOT,
      subject: "dump",
      path: "/nightdrop-dumps/app.sql",
      state: "not run",
      reason: "check: no such program",
    },
  ]),
];

const REPORT = reportOf(HOSTS, {
  seed: "s",
  opened: "private key",
  started: NOW,
  finished: new Date(NOW.getTime() + 5000),
  programs: ["gpg/2.4"],
});

Deno.test("the result of a drill is read in one sentence and a few lines", () => {
  assert.equal(drillHeadline(REPORT), "Drill of 2 hosts: 1 FAILED (db1), 1 ok; 2 of 4 checks passed; seed s");
  assert.deepEqual(HOSTS.flatMap(hostLines), [
    "web1: ok: 1 of 30 snapshots, 4 of 400 entries drawn (2.0 KiB of 2.0 MiB), 3 restored, 2.5 s",
    "db1: FAILED: 1 of 30 snapshots, 4 of 400 entries drawn (2.0 KiB of 2.0 MiB), 3 restored, 2.5 s",
    `  FAILED: entry ${SNAPSHOT} /a\\u{202e}\\n: its content has another SHA-256`,
    `  NOT RUN: dump ${SNAPSHOT} /nightdrop-dumps/app.sql: check: no such program`,
  ]);
});

Deno.test("a drill of no host, or of one whose checks could not run, does not pass", () => {
  const head = { seed: "s", opened: "private key", started: NOW, finished: NOW, programs: [] } as const;
  assert.equal(reportOf([], head).state, "not run");
  assert.equal(
    reportOf([hostDrill("a", [{ subject: "receipt", state: "not run" }]), HOSTS[0]!], head).state,
    "not run",
  );
  assert.equal(REPORT.state, "failed");
});

/** Verifies a signed report with gpg and a validator that is not ours; returns its text. */
async function verified(
  signed: string,
  publicKey: Uint8Array | string,
): Promise<DrillReport & { signer: { fingerprint: string; key: string } }> {
  return await withGnuPg(async (gpg) => {
    Deno.writeFileSync(
      `${gpg.directory}/key`,
      typeof publicKey === "string" ? new TextEncoder().encode(publicKey) : publicKey,
    );
    Deno.writeTextFileSync(`${gpg.directory}/report.asc`, signed);
    await gpg.run(["--import", `${gpg.directory}/key`]);
    const { text } = await gpg.run(["--decrypt", `${gpg.directory}/report.asc`]);
    Deno.writeTextFileSync(`${gpg.directory}/report.json`, text);
    const schema = new URL("../../docs/drill.schema.json", import.meta.url).pathname;
    await must("jsonschema", ["-i", `${gpg.directory}/report.json`, schema]);
    return JSON.parse(text);
  });
}

foreignTest(["gpg", "jsonschema"], "gpg verifies a report, and its text matches the schema", async () => {
  const signer = await readSigner(await generateSigner("drills", NOW));
  const signed = await signedReport(REPORT, signer, new Date());
  const report = await verified(signed, signer.publicKey);
  assert.deepEqual(report.hosts, JSON.parse(JSON.stringify(HOSTS)));
  assert.equal(report.signer.fingerprint, signer.fingerprint);
  assert.deepEqual(Uint8Array.fromBase64(report.signer.key), signer.publicKey);
  assert.doesNotMatch(signed, /\u202e/, "it can be shown on a terminal");
});

foreignTest(
  ["gpg", "jsonschema"],
  "an owner's private key signs a report, also one with a passphrase and one of RSA",
  () =>
    withDirectory(async (directory) => {
      const keys = [
        await generateIdentity({ name: "plain", now: NOW }),
        await generateIdentity({ name: "locked", passphrase: new Secret("hunter2"), now: NOW }),
      ].map(({ privateKey, publicKey }) => ({ privateKey, publicKey }));
      await withGnuPg(async (gpg) => {
        const fingerprint = await gpg.generate(RSA);
        const decoder = new TextDecoder();
        keys.push({
          privateKey: decoder.decode(await gpg.exportSecret(fingerprint)),
          publicKey: decoder.decode(await gpg.export(fingerprint)),
        });
      });
      for (const { privateKey, publicKey } of keys) {
        Deno.writeTextFileSync(`${directory}/key`, privateKey, { mode: 0o600 });
        const [identity] = await openIdentities(
          [`${directory}/key`],
          () => Promise.resolve(new Secret("hunter2")),
        );
        const signer = await identity!.signer();
        assert.equal(signer!.fingerprint, identity!.fingerprint);
        await verified(await signedReport(REPORT, signer!, new Date()), publicKey);
      }
    }),
);

foreignTest(
  ["gpg"],
  "a key whose signing part is not in the file does not sign",
  () =>
    withGnuPg(async (gpg) => {
      const fingerprint = await gpg.generate(RSA);
      const file = `${gpg.directory}/subkeys`;
      Deno.writeFileSync(file, (await gpg.run(["--export-secret-subkeys", fingerprint])).stdout, {
        mode: 0o600,
      });
      const [identity] = await openIdentities([file], () => Promise.resolve(undefined));
      assert.equal(identity!.opens, true);
      assert.equal(await identity!.signer(), undefined);
    }),
);
