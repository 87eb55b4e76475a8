/** Every path of the config may be behind a symbolic link, in the sandbox that `permissions --write` makes. */
import assert from "node:assert/strict";
import { type Guarded, narrow, withGuarded } from "../support/guarded.ts";

/**
 * Settings with paths behind links, and the shell that makes the links in the directory that holds everything. No two links of
 * a case lead to the same directory: each needs its own permission.
 */
const CASES: Readonly<Record<string, readonly [links: string, settings: object]>> = {
  "a store, a state directory and a declared path below linked directories, and a key that is a link": [
    "mkdir disk states; ln -s disk link; ln -s states states-link; " +
    "mkdir -p tree/data; echo x > tree/data/f; ln -s tree tree-link; " +
    "mv etc/keys/backups.asc real.asc; ln -s ../../real.asc etc/keys/backups.asc",
    {
      store: directory("../link/store"),
      state: "../states-link/state",
      paths: ["../source", "../tree-link/data"],
    },
  ],
  "a store that is there and a key below linked directories, and a state directory that is a link": [
    "mkdir -p disk/store states; ln -s disk link; ln -s states states-link; " +
    "mv etc/keys realkeys; ln -s ../realkeys etc/keys",
    { store: directory("../link/store"), state: "../states-link" },
  ],
  "a store that is a link, figures below a linked directory, and the file of a URL that is a link": [
    "mkdir disk figures; ln -s disk link; ln -s figures figures-link; " +
    "echo http://127.0.0.1:9/ping > url; chmod 600 url; ln -s ../url etc/ping",
    {
      store: directory("../link"),
      notify: { textfile: "../figures-link/figures.prom", ping: { file: "ping" } },
    },
  ],
  "a store behind a chain of links": [
    "mkdir disk; ln -s disk one; ln -s $PWD/one two",
    { store: directory("../two/store") },
  ],
};

function directory(path: string): object {
  return { kind: "directory", path };
}

async function backup(host: Guarded): Promise<string> {
  const { code, stderr } = await host.task("backup");
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /grants more|not narrowed|permission/, stderr);
  return stderr;
}

for (const [what, [links, settings]] of Object.entries(CASES)) {
  Deno.test(`a narrowed backup runs with ${what}`, () =>
    withGuarded(async (host) => {
      host.configure(settings);
      assert.equal((await host.shell(`set -e; ${links}`)).code, 0);
      await narrow(host);
      await backup(host);
      await backup(host);
      const again = await host.task("permissions", ["--write"]);
      assert.match(again.text, /is up to date/, "what the first run made changes nothing");
    }));
}

Deno.test("a narrowed backup runs with a config behind a symbolic link", () =>
  withGuarded(async (host) => {
    assert.equal((await host.shell("mv etc real; ln -s real etc")).code, 0);
    await narrow(host);
    await backup(host);
  }));

Deno.test("a narrowed backup runs with a config that is a symbolic link, and resolves paths from the link", () =>
  withGuarded(async (host) => {
    assert.equal(
      (await host.shell("mv etc/backup.config.ts etc/real.ts; ln -s real.ts etc/backup.config.ts")).code,
      0,
    );
    await narrow(host);
    await backup(host);
  }));

Deno.test("a declared symbolic link does not grant access to its target", () =>
  withGuarded(async (host) => {
    assert.equal((await host.shell("mkdir secret; ln -s ../secret source/link")).code, 0);
    host.configure({ paths: ["../source/link"] });
    const { stderr, text } = await host.task("permissions");
    assert.match(stderr, new RegExp(`declare ".*/secret"`));
    assert.doesNotMatch(text, /secret/);
    await narrow(host);
    const run = await host.task("backup");
    assert.equal(run.code, 3, run.stderr);
    assert.match(run.stderr, new RegExp(`unread: .*link: .*declare ".*/secret"`));
  }));
