/** Commands for several hosts: what is wrong with one is told of that one, and the others are looked at. */
import assert from "node:assert/strict";
import type { Ran } from "../support/foreign.ts";
import { jsonLines, nightdrop } from "../support/nightdrop.ts";
import { withSetup } from "../support/setup.ts";

const host = (name: string): string => `${name}.example.org`;

/** Hosts by their letters, each with its own store, and the faults of some stores. */
async function withFleet(
  names: string[],
  stores: Record<string, string>,
  body: (at: string, fleet: (...args: string[]) => Promise<Ran>) => Promise<void>,
): Promise<void> {
  await withSetup(async (at) => {
    const config = Deno.readTextFileSync(`${at}/backup.config.ts`);
    const store = (name: string): string => stores[name] ?? `{ kind: "directory", path: "store-${name}" }`;
    const hosts = names.map((name) => `"${host(name)}": { paths: ["source"], store: ${store(name)} }`);
    Deno.writeTextFileSync(
      `${at}/backup.config.ts`,
      config.replace(/hosts: .*/, `hosts: { ${hosts.join(", ")} },`),
    );
    for (const name of names.filter((it) => stores[it] === undefined)) {
      const ran = await nightdrop(["backup", "--host", host(name), "--quiet"], { cwd: at });
      assert.equal(ran.code, 0, ran.stderr);
    }
    await body(at, (...args) => nightdrop(args, { cwd: at }));
  });
}

const BROKEN = {
  missing: '{ kind: "directory", path: "nowhere" }',
  "without credentials": '{ kind: "s3", bucket: "backups", region: "r", credentials: { env: "NOTHING" } }',
  "with a file of credentials that is not there":
    '{ kind: "s3", bucket: "backups", region: "r", credentials: { file: "nothing" } }',
  "that is a file": '{ kind: "directory", path: "backup.config.ts" }',
};

for (const [what, store] of Object.entries(BROKEN)) {
  Deno.test(`list and verify report a store ${what} for its host and continue with the others`, () =>
    withFleet(["a", "b", "c"], { b: store }, async (_, fleet) => {
      for (const command of ["list", "verify"]) {
        const ran = await fleet(command);
        assert.equal(ran.code, 1, ran.text + ran.stderr);
        assert.match(ran.stderr, /error: b\.example\.org: /);
        assert.match(ran.text, /^a\.example\.org[^]*^c\.example\.org/m);
        assert.match(ran.stderr, /3 hosts: 2 good, 1 could not be checked \(b\.example\.org\)\n$/);
        const events = jsonLines((await fleet(command, "--json")).text);
        assert.deepEqual(events.filter(({ event }) => event === "failed").map((it) => it.host), [host("b")]);
        const [last] = events.slice(-1);
        assert.deepEqual(last, { event: "hosts", good: 2, damaged: [], failed: [host("b")] });
      }
    }));
}

Deno.test("the exit code of damage outranks that of a host that could not be checked", () =>
  withFleet(["a", "b", "c"], { b: BROKEN.missing }, async (at, fleet) => {
    const [snapshot] = Deno.readDirSync(`${at}/store-c/${host("c")}`).toArray();
    const directory = `${at}/store-c/${host("c")}/${snapshot!.name}`;
    for (const { name } of Deno.readDirSync(directory)) {
      if (name.startsWith("0")) Deno.removeSync(`${directory}/${name}`);
    }
    const ran = await fleet("verify");
    assert.equal(ran.code, 4, ran.text + ran.stderr);
    assert.match(ran.stderr, /3 hosts: 1 good, 1 damaged \(c\.example\.org\), 1 could not be checked/);
  }));

Deno.test("a single named host fails with its own error and exit code", () =>
  withFleet(["a", "b"], { b: BROKEN["without credentials"] }, async (_, fleet) => {
    const ran = await fleet("list", host("b"));
    assert.equal(ran.code, 2);
    assert.doesNotMatch(ran.stderr, /hosts:/);
  }));

Deno.test(
  "names that cannot be objects are damage of their host, and the list continues",
  () =>
    withFleet(["a", "b"], {}, async (at, fleet) => {
      // A name that the file system has and Deno cannot open, and one that is no directory where one is expected.
      const store = `${at}/store-a/${host("a")}`;
      await new Deno.Command("bash", {
        args: ["-c", `mkdir "$0"/$'\\xff'; touch "$0"/$'\\xff/x'; ln -s / "$0"/link`, store],
      }).output();
      const list = await fleet("list");
      assert.equal(list.code, 0, list.text + list.stderr);
      const verify = await fleet("verify");
      assert.equal(verify.code, 4, verify.text + verify.stderr);
      assert.match(verify.text, /damage: a\.example\.org: 2 things cannot be objects of nightdrop, such as /);
      assert.match(verify.text, /^b\.example\.org: good/m);
    }),
);
