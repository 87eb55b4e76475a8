import assert from "node:assert/strict";
import { backupGrants, drillGrants, restoreGrants } from "../../lib/permissions/derive.ts";
import { withScenario } from "../support/scenario.ts";
import { directory } from "../source/tree.ts";

const HOW = {
  config: "/etc/nightdrop/backup.config.ts",
  uid: 0,
  environment: (): undefined => undefined,
  installation: { kind: "executable", builtFor: undefined, file: "/usr/bin/nightdrop" },
} as unknown as Parameters<typeof backupGrants>[1];

Deno.test("a backup may start the program that reads attributes, unless the config stores none", () =>
  withScenario(directory({}), async ({ host }) => {
    const dumps = [{ name: "a", command: ["dump"], user: undefined, timeLimit: 1 }] as const;
    const programs = async (changes: object): Promise<unknown> =>
      (await backupGrants({ ...host, ...changes }, HOW)).run;
    assert.deepEqual(await programs({}), ["getfattr"]);
    assert.deepEqual(await programs({ attributes: false }), []);
    assert.deepEqual(await programs({ dumps }), ["dump", "getfattr", "kill"]);
    assert.deepEqual(await programs({ dumps, attributes: false }), ["dump", "kill"]);
    const { env } = await backupGrants(host, HOW);
    assert.ok(!(env as string[]).includes("PATH"), "the program gets no variable of this process");
  }));

Deno.test("a restore may start the programs that make fifos and set attributes, the latter if a host stores any", () =>
  withScenario(directory({}), async ({ host }) => {
    const without = { ...host, attributes: false };
    const programs = async (...hosts: (typeof host)[]): Promise<unknown> =>
      (await restoreGrants(hosts, HOW)).run;
    assert.deepEqual(await programs(host, without), ["mkfifo", "setfattr"]);
    assert.deepEqual(await programs(without), ["mkfifo"]);
  }));

Deno.test("a drill may start the programs of a restore, those of a restore by hand, and the commands that check dumps", () =>
  withScenario(directory({}), async ({ host }) => {
    const check = {
      name: "d",
      load: ["load", "x"],
      check: ["check"],
      expect: undefined,
      timeLimit: 1,
    } as const;
    const { run, env, sys } = await drillGrants([{ ...host, drill: { ...host.drill, dumps: [check] } }], HOW);
    const stock = ["gpg", "gpgconf", "kill", "mkfifo", "setfattr", "tar", "zstd"];
    assert.deepEqual(run, [...stock, "check", "load"].sort());
    assert.deepEqual((await drillGrants([host], HOW)).run, stock);
    assert.ok((env as string[]).includes("PATH") && (sys as string[]).includes("statfs"));
  }));
