/** What `status` reports of mirrors: those that lag behind, lack objects, or cannot be read. */
import assert from "node:assert/strict";
import type { VerifiedRecord } from "../../lib/app/verified_record.ts";
import { statusLines, statusRecord } from "../../lib/cli/status_lines.ts";
import { DAY_MS } from "../../lib/model/day.ts";
import { mirror } from "../../lib/provisioning/mirror.ts";
import { MirrorProgress } from "../../lib/provisioning/mirror_progress.ts";
import { datedReader } from "../../lib/snapshots/mirror_dates.ts";
import { type HostStatus, isDamaged, status } from "../../lib/status/status.ts";
import { StoreError, type StoreReader } from "../../lib/store/contract.ts";
import { directory, file } from "../source/tree.ts";
import { newSigner } from "../support/forger.ts";
import { BUCKET, type Life, withLife } from "../support/life.ts";
import { type MemoryStore, memoryStore } from "../support/memory_store.ts";
import { fleetMetrics } from "../../lib/status/metrics.ts";
import { fleetPages } from "../../lib/status/page/pages.ts";
import { facts, NO_RECORDS } from "./nights.ts";

const signer = await newSigner("owner");

interface Mirrored {
  readonly life: Life;
  readonly store: MemoryStore;
  copy(): Promise<void>;
  /** Record of the verifications of the mirror. */
  record: VerifiedRecord | undefined;
  /** Alerts about mirrors. */
  look(reader?: StoreReader): Promise<{ readonly alerts: string[]; readonly status: HostStatus }>;
}

function withMirror(body: (it: Mirrored) => Promise<void>): Promise<void> {
  return withLife(directory({ a: file("one"), b: file("two") }), async (life) => {
    const store = memoryStore(() => new Date(life.now));
    const progress = new MirrorProgress(`${life.directory}/progress`, assert.fail);
    const second = {
      name: "second",
      store: BUCKET,
      putCredentials: undefined,
      signers: [signer.fingerprint],
    };
    const dated = datedReader(store.reader, second.signers, assert.fail);
    const it: Mirrored = {
      life,
      store,
      record: undefined,
      copy: async () => {
        await mirror(
          life.host,
          life.store.reader,
          { writer: store.writer, signer, progress },
          () => {},
          life.run,
        );
      },
      look: async (reader = dated) => {
        const host = { ...life.host, mirrors: [second] };
        const of = (mirror?: unknown): StoreReader => mirror === undefined ? life.store.reader : reader;
        const records = {
          ...NO_RECORDS,
          verified: (_: unknown, mirror?: { readonly name: string }) => mirror && it.record,
        };
        const [found] = await Array.fromAsync(
          status([host], (_, body, mirror) => body(of(mirror)), records, life.run),
        );
        assert.ok(found!.state !== "unknown");
        const alerts = found!.alerts.filter(({ rule, what }) => rule === "mirrored" || /mirror/.test(what));
        return { status: found!, alerts: alerts.map(({ severity, what }) => `${severity}: ${what}`) };
      },
    };
    await body(it);
  });
}

Deno.test("a mirror that lags behind is a finding after two days, and critical after seven", () =>
  withMirror(async ({ life, copy, look }) => {
    await life.backup();
    life.now += DAY_MS;
    assert.deepEqual((await look()).alerts, []);
    life.now += 1.5 * DAY_MS;
    const { alerts, status } = await look();
    assert.match(
      alerts.join("\n"),
      /^warning: The mirror second lacks 1 snapshot, the oldest for 2 d 12 h$/,
    );
    await life.backup();
    life.now += 5 * DAY_MS;
    assert.match((await look()).alerts.join("\n"), /^critical: The mirror second lacks 2 snapshots/);
    assert.equal(isDamaged(status), false);
    await copy();
    assert.deepEqual((await look()).alerts, [], "its dates are those of the store");
    life.now += 40 * DAY_MS;
    await life.backup();
    assert.deepEqual((await look()).alerts, []);
  }));

Deno.test("an object that only the mirror lacks is damage of the mirror", () =>
  withMirror(async ({ life, store, copy, look }) => {
    await life.backup();
    await copy();
    store.objects.delete([...store.objects.keys()].find((name) => name.includes(".tar"))!);
    const { alerts, status } = await look();
    assert.match(alerts.join("\n"), /^critical: In the mirror second: \d{8}T\S+: \S+ is missing/);
    assert.equal(isDamaged(status), true);
  }));

Deno.test("a mirror that cannot be read is a finding, and the host is still judged", () =>
  withMirror(async ({ life, store, look }) => {
    await life.backup();
    const list = (): never => {
      throw new StoreError("unreachable", "The disk is away");
    };
    const { alerts } = await look({ ...store.reader, list });
    assert.match(alerts.join("\n"), /^warning: The mirror second cannot be read: The disk is away/);
  }));

Deno.test("status shows when a mirror was last verified, in each form, and damage that was found there", () =>
  withMirror(async (it) => {
    const { life, copy, look } = it;
    await life.backup();
    await copy();
    const now = new Date(life.now);
    const none = (await look()).status;
    assert.match(statusLines([none], now)[0]!, /DRILLED +MIRRORS VERIFIED$/);
    assert.match(statusLines([none], now)[1]!, / second never$/);
    assert.deepEqual(Object(statusRecord(none)).mirrors, [{ name: "second", lacked: 0 }]);
    assert.doesNotMatch(fleetMetrics([none], now), /mirror="second"/);

    it.record = facts().verified!;
    const [day] = it.record.at.split("T");
    const { status: found } = await look();
    assert.match(statusLines([found], now)[1]!, new RegExp(` second ${day}$`));
    const [{ verified }] = Object(statusRecord(found)).mirrors;
    assert.deepEqual([verified.kind, verified.read], ["subset", it.record.at]);
    const series =
      `nightdrop_fleet_mirror_verified_timestamp_seconds{host="${life.host.name}",mirror="second"}`;
    assert.ok(fleetMetrics([found], now).includes(`${series} ${Date.parse(it.record.at) / 1000}\n`));
    const page = fleetPages([found], [], now).get("index.html")!;
    assert.match(page, new RegExp(`<dt>Mirror second</dt><dd>verified: ${day}; read: every object`));

    it.record = { ...it.record, damage: { at: it.record.at, findings: 1 } };
    const damaged = await look();
    assert.match(
      damaged.alerts.join("\n"),
      /^critical: Reading the content in the mirror second found damage on .*: 1 finding$/,
    );
    assert.equal(isDamaged(damaged.status), true);
  }));
