import assert from "node:assert/strict";
import { backupGrants, restoreGrants } from "../../lib/permissions/derive.ts";
import { withDrill } from "../support/drill.ts";
import { directory } from "../source/tree.ts";

const HOW = {
  config: "/etc/nightdrop/backup.config.ts",
  uid: 0,
  environment: (): undefined => undefined,
  installation: { kind: "executable", builtFor: undefined, file: "/usr/bin/nightdrop" },
} as unknown as Parameters<typeof backupGrants>[1];

Deno.test("a backup may start the program that reads attributes, unless the config stores none", () =>
  withDrill(directory({}), async ({ host }) => {
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
  withDrill(directory({}), async ({ host }) => {
    const without = { ...host, attributes: false };
    const programs = async (...hosts: (typeof host)[]): Promise<unknown> =>
      (await restoreGrants(hosts, HOW)).run;
    assert.deepEqual(await programs(host, without), ["mkfifo", "setfattr"]);
    assert.deepEqual(await programs(without), ["mkfifo"]);
  }));
