/** Drills by the stock road: gpg, zstd and tar. */
import assert from "node:assert/strict";
import { openIdentities } from "../../lib/app/keys.ts";
import { DEFAULT_DRILL } from "../../lib/config/drill.ts";
import { restoreByGpg } from "../../lib/drill/by_gpg.ts";
import type { HostDrill } from "../../lib/drill/drill.ts";
import { GpgHome, type KeyFile } from "../../lib/drill/gpg_home.ts";
import { stockVersion } from "../../lib/drill/stock_program.ts";
import { Failure } from "../../lib/model/failure.ts";
import { Secret } from "../../lib/model/secret.ts";
import { generateIdentity } from "../../lib/seal/identity.ts";
import { openerOf } from "../../lib/seal/session_key.ts";
import { directory, file, hardlink } from "../source/tree.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { foreignTest } from "../support/foreign.ts";
import { noise, sampleTree } from "../support/sample_tree.ts";
import { type RehearsalOptions, rehearse, troublesOf } from "./rehearsal.ts";

const PROGRAMS = ["gpg", "gpgconf", "zstd", "tar"];
const ALL = { drill: { ...DEFAULT_DRILL, files: 1000 } };

async function byGpg(
  it: Scenario,
  keys: readonly KeyFile[],
  options: RehearsalOptions = {},
): Promise<HostDrill> {
  Deno.mkdirSync(`${it.directory}/temp`, { recursive: true });
  let path: string;
  let found: HostDrill;
  {
    await using home = await GpgHome.create(keys, `${it.directory}/temp`, it.run.report, it.run.signal);
    path = home.path;
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o700);
    found = await rehearse(it, { host: ALL, restore: restoreByGpg(home), ...options });
  }
  assert.deepEqual([...Deno.readDirSync(`${it.directory}/temp`)], [], "nothing is left");
  return found;
}

const OWN = (it: Scenario): readonly KeyFile[] => [{ file: it.privateFile, passphrase: undefined }];

for (const compression of [{ kind: "zstd", level: 3 }, { kind: "gzip" }, { kind: "none" }] as const) {
  foreignTest(
    PROGRAMS,
    `gpg and tar restore what nightdrop restores, over two snapshots: ${compression.kind}`,
    () =>
      withScenario(sampleTree(), async (it) => {
        await it.backup();
        Deno.writeTextFileSync(`${it.source}/sub/new`, "new");
        Deno.linkSync(`${it.source}/a.txt`, `${it.source}/sub/another name`);
        await it.backup();
        const found = await byGpg(it, OWN(it));
        assert.equal(found.state, "ok", JSON.stringify(troublesOf(found)));
        assert.equal(found.drilled.length, 2);
      }, {
        compression,
        dumps: [{ name: "d", command: ["echo", "dumped"], user: undefined, timeLimit: 60_000 }],
      }),
  );
}

foreignTest(
  PROGRAMS,
  "gpg opens backups with a passphrase, and refuses another one",
  () =>
    withScenario(directory({ a: file("a"), b: hardlink("a") }), async (it) => {
      const passphrase = new Secret("hunter2 é");
      const { privateKey, publicKey, fingerprint } = await generateIdentity({
        name: "locked",
        passphrase,
        now: new Date(),
      });
      const [key, publicFile] = [`${it.directory}/locked`, `${it.directory}/locked.asc`];
      Deno.writeTextFileSync(key, privateKey, { mode: 0o600 });
      Deno.writeTextFileSync(publicFile, publicKey);
      await it.withHost({ recipients: [{ file: publicFile, fingerprint }] }).backup();
      const keys = await openIdentities([key], () => Promise.resolve(passphrase));
      assert.equal((await byGpg(it, [{ file: key, passphrase }], { keys })).state, "ok");
      const other = [{ file: key, passphrase: new Secret("wrong") }];
      assert.equal((await byGpg(it, other, { keys })).state, "not run");
    }),
);

foreignTest(
  PROGRAMS,
  "gpg opens backups with the session keys of an answer",
  () =>
    withScenario(sampleTree(), async (it) => {
      await it.backup();
      const found = await byGpg(it, [], { keys: openerOf(it.identities) });
      assert.equal(found.state, "ok", JSON.stringify(troublesOf(found)));
    }),
);

foreignTest(
  PROGRAMS,
  "a damaged volume fails what it holds, and a wrong key has not run",
  () =>
    withScenario(directory({ a: file(noise(60_000, 1)), b: file(noise(60_000, 2)) }), async (it) => {
      await it.backup();
      const { privateKey } = await generateIdentity({ name: "other", now: new Date() });
      Deno.writeTextFileSync(`${it.directory}/other`, privateKey, { mode: 0o600 });
      const wrong = await byGpg(it, [{ file: `${it.directory}/other`, passphrase: undefined }]);
      assert.equal(wrong.state, "not run");
      assert.match(troublesOf(wrong)[0]!.reason!, /No secret key/);
      const victim = [...it.store.objects.keys()].find((key) => key.includes("/000002."))!;
      it.store.objects.get(victim)!.bytes[1000]! ^= 1;
      const found = await byGpg(it, OWN(it));
      assert.deepEqual(troublesOf(found).map(({ path, state }) => [path!.split("/").at(-1), state]), [[
        "b",
        "failed",
      ]]);
    }),
);

foreignTest(
  ["gpg"],
  "the versions of the programs are named, and a missing program is an error",
  async () => {
    const { signal } = new AbortController();
    for (const name of ["gpg", "zstd", "tar"]) {
      assert.match(
        await stockVersion(name, signal),
        /^\w+\/\d+\.\d+/,
      );
    }
    await assert.rejects(stockVersion("no-such-program", signal), Failure);
  },
);
