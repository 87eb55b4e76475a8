/** The commands of `docs/STORES.md`, run as they are printed. */
import assert from "node:assert/strict";
import { type Amazon, withAmazon } from "../support/amazon.ts";
import { run } from "../support/foreign.ts";
import { pastBackup } from "../support/past_backup.ts";
import { pinSigner } from "../support/pin_signer.ts";
import { withInstalled } from "./clone.ts";

/** Lines of shell below each heading. */
const sections = new Map(
  Deno.readTextFileSync(new URL("../../docs/STORES.md", import.meta.url)).split(/^## /m).map((section) => {
    const blocks = [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1]!.trim());
    return [section.slice(0, section.indexOf("\n")), blocks.join("\n").split("\n").filter(Boolean)];
  }),
);

Deno.test("every command of docs/STORES.md is run by one of these tests", () => {
  const run = [
    "Removing old snapshots from a directory",
    "Keeping a snapshot beyond its expiry",
    "A second store",
    "A second bucket at Amazon",
    "Buckets of mirrors and pins",
    "OpenStack Swift", // in tests/provisioning/swift.test.ts
  ];
  const others = [...sections].filter(([name, lines]) => !run.includes(name) && lines.length > 0);
  assert.deepEqual(others, []);
});

const OWNER = {
  NIGHTDROP_OWNER_ACCESS_KEY_ID: "OWNER",
  NIGHTDROP_OWNER_SECRET_ACCESS_KEY: "of-the-owner",
};

const CONFIG = "fleet/backup.config.ts";

/** Runs `body` with a clone with a config for a directory store, and a function that runs a line of shell there. */
function withStore(
  more: string,
  body: (clone: string, call: (line: string) => Promise<string>) => Promise<void>,
): Promise<void> {
  return withInstalled(async (clone, env) => {
    const call = async (line: string): Promise<string> => {
      const { code, stderr, text } = await run("sh", ["-c", line], { cwd: clone, env });
      assert.equal(code, 0, `${line}: exit ${code}\n${stderr}\n${text}`);
      return text;
    };
    await call(`nightdrop init --host web1.example.org --config ${CONFIG}`);
    const text = Deno.readTextFileSync(`${clone}/${CONFIG}`)
      .replace(/^ {2}store: .*$/m, `  store: { kind: "directory", path: "store" }, state: "state", ${more}`)
      .replace(/paths: \[.*\]/, 'paths: ["/etc/hosts"]');
    Deno.writeTextFileSync(`${clone}/${CONFIG}`, text);
    await body(clone, call);
  });
}

const BACKUP = `nightdrop backup --config ${CONFIG} --host web1.example.org --full`;

Deno.test("the commands of docs/STORES.md remove old snapshots from a directory", () =>
  withStore("", async (clone, call) => {
    await pastBackup(`${clone}/${CONFIG}`, "web1.example.org", 212);
    await pinSigner(clone, CONFIG);
    await call(`${BACKUP} && mv fleet/state elsewhere`);
    const printed = [];
    for (const line of sections.get("Removing old snapshots from a directory")!) {
      printed.push(await call(line));
    }
    assert.match(printed[0]!, /would remove 1 snapshot, .*; 1 snapshot kept/);
    assert.match(printed[1]!, /^removed web1/);
  }));

Deno.test("the commands of docs/STORES.md pin a snapshot, list it, and unpin it", () =>
  withStore('pins: { store: { kind: "directory", path: "pins" } },', async (clone, call) => {
    Deno.mkdirSync(`${clone}/fleet/pins`);
    await call(BACKUP);
    const [snapshot] = [...Deno.readDirSync(`${clone}/fleet/store/web1.example.org`)];
    const printed = [];
    for (const line of sections.get("Keeping a snapshot beyond its expiry")!) {
      printed.push(await call(line.replace("20261123T0500", snapshot!.name)));
    }
    assert.match(
      printed[0]!,
      /^Pinned web1\.example\.org\/\S+: 3 objects of .*; 3 copied through this machine, 0 there before\n$/,
    );
    assert.match(printed[1]!, /pinned: before the move, until 2031-12-31/);
    assert.match(printed[2]!, /good: 1 snapshot, 3 objects/);
    assert.match(printed[3]!, /^Unpinned .*\(before the move\): removed 3 objects/);
  }));

Deno.test("the commands of docs/STORES.md mirror a store, verify the mirror, and restore from it", () =>
  withStore(
    'mirrors: { second: { store: { kind: "directory", path: "second" } } },',
    async (clone, call) => {
      Deno.mkdirSync(`${clone}/fleet/second`);
      await call(BACKUP);
      const printed = [];
      for (const line of sections.get("A second store")!) {
        printed.push(await call(line));
        const [, fingerprint] = /^Fingerprint +([0-9a-f]{40})/m.exec(printed.at(-1)!) ?? [];
        if (fingerprint === undefined) continue;
        const file = `${clone}/${CONFIG}`;
        const text = Deno.readTextFileSync(file);
        Deno.writeTextFileSync(file, text.replace('path: "second" }', `$&, signer: "${fingerprint}"`));
      }
      assert.match(printed[1]!, /mirrored 1 snapshot to second, 0 unchanged: 3 objects of .* copied/);
      assert.match(printed[2]!, /good: 1 snapshot, 2 objects/);
      Deno.removeSync(`${clone}/fleet/store/web1.example.org`, { recursive: true });
      const identity = "--identity fleet/keys/backups.private.asc";
      const restored = await call(
        `nightdrop restore web1.example.org/latest --to back --config ${CONFIG} ${identity}`,
      );
      assert.match(restored, /^Restored /);
    },
  ));

/** Runs `body` with a function that runs a line of shell with a config for Amazon: at the contract, or without an endpoint. */
function atAmazon(
  more: string,
  body: (call: (line: string) => Promise<string>, amazon: Amazon, clone: string) => Promise<void>,
): Promise<void> {
  return withAmazon((amazon) =>
    withInstalled(async (clone, path) => {
      const sh = async (line: string): Promise<string> => {
        const { code, stderr, text } = await run("sh", ["-c", line], {
          cwd: clone,
          env: { ...path, ...OWNER },
        });
        assert.equal(code, 0, `${line}: exit ${code}\n${stderr}\n${text}`);
        return text;
      };
      await sh(`nightdrop init --host web1.example.org --config ${CONFIG}`);
      const call = async (line: string): Promise<string> => {
        // What is printed is for Amazon's own address, and asks nobody.
        const endpoint = line.includes("--emit") ? "" : `endpoint: "${amazon.endpoint}"`;
        const at = `kind: "s3", region: "eu-west-1", ${endpoint}`;
        const text = Deno.readTextFileSync(`${clone}/${CONFIG}`)
          .replace(/^ {2}store: .*$/m, `  store: { bucket: "{host}-backups", ${at} },`)
          .replace(
            /^(mirrors: .*\n)?(?= {2}retention)/m,
            `mirrors: { second: { store: { bucket: "{host}-second", ${at} } } }, ${more.replace("AT", at)}\n`,
          );
        Deno.writeTextFileSync(`${clone}/${CONFIG}`, text);
        return await sh(line);
      };
      await body(call, amazon, clone);
    })
  );
}

Deno.test("the commands of docs/STORES.md set up Amazon's replication", () =>
  atAmazon("", async (call, amazon) => {
    await call(`nightdrop provision web1.example.org --apply --config ${CONFIG}`);
    const printed = [];
    for (const line of sections.get("A second bucket at Amazon")!) printed.push(await call(line));
    assert.match(
      printed[0]!,
      /^missing +replication: new objects are copied to arn:aws:s3:::web1\.example\.org-second/m,
    );
    assert.match(printed[1]!, /^made +role: nightdrop-replicate-web1\.example\.org-backups, /m);
    assert.match(printed[2]!, /^web1\.example\.org: web1\.example\.org-backups to .*-second: no change$/m);
    assert.equal(JSON.parse(printed[3]!).rule.DeleteMarkerReplication.Status, "Disabled");
    assert.match(
      printed[4]!,
      /^differs +replication: no new objects are copied to .*; is: the rule "nightdrop /m,
    );
    assert.match(printed[5]!, /^made +role: nightdrop-replicate-\S+ does not exist/m);
    assert.equal(amazon.roles.size, 0);
  }));

Deno.test("the commands of docs/STORES.md provision a mirror, pins and their users", () =>
  atAmazon('pins: { store: { bucket: "pins-here", AT } },', async (call, amazon, clone) => {
    const printed = [];
    for (const line of sections.get("Buckets of mirrors and pins")!) {
      // The contract has no objects that could be put: tests/provisioning/writer_rgw.test.ts audits a real server.
      printed.push(line.includes("nightdrop audit") ? "" : await call(line));
    }
    assert.match(printed[0]!, /^missing +web1\.example\.org-second: bucket: /m);
    assert.match(printed[1]!, /^made +key: AKIA\S+, written to \S+\/second\.writer\.credentials$/m);
    assert.equal(JSON.parse(printed[2]!).user, "nightdrop-writer-second");
    assert.match(printed[3]!, /^nightdrop-reader-second: reads web1\.example\.org-second: /m);
    assert.match(printed[4]!, /^good +pins-here: expiry: no rule removes objects$/m);
    assert.match(printed[6]!, /^made +key: AKIA/m);
    assert.match(printed[7]!, /^removed +key: AKIA/m);
    assert.match(printed[8]!, /^removed +key: all access is denied to nightdrop-writer-second$/m);
    assert.deepEqual(amazon.users.get("nightdrop-writer-second")!.keys, []);
    assert.ok(Deno.statSync(`${clone}/fleet/pins.writer.credentials`).isFile);
  }));
