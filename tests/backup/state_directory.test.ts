/** Every file of the state directory in every state that it should not be in. */
import { DAY_MS } from "../../lib/model/day.ts";
import assert from "node:assert/strict";
import type { BackupResult } from "../../lib/backup/backup.ts";
import { exists } from "../../lib/disk/exists.ts";
import { Failure } from "../../lib/model/failure.ts";
import { plan } from "../../lib/backup/plan.ts";
import { assertSameTree, directory, file } from "../source/tree.ts";
import { restoredSource } from "../support/scenario.ts";
import { must } from "../support/foreign.ts";
import { type Life, withLife } from "../support/life.ts";
import { noise } from "../support/sample_tree.ts";

const FILES = [
  "lock",
  "chain.json",
  "chain.json.new",
  "store.json",
  "store.json.new",
  "signer.asc",
  "signer.asc.new",
  "catalog.sqlite",
  "catalog.sqlite-wal",
  "catalog.sqlite-journal",
  "catalog.sqlite-shm",
  "catalog.sqlite.before",
  "catalog.copy",
  "paths.json",
  "stores",
];

const STATES: Record<string, (path: string) => void | Promise<unknown>> = {
  missing: () => {},
  empty: (path) => Deno.writeTextFileSync(path, "", { mode: 0o600 }),
  garbage: (path) => Deno.writeFileSync(path, noise(5000), { mode: 0o600 }),
  "a directory": (path) => Deno.mkdirSync(`${path}/inside`, { recursive: true }),
  "a named pipe": (path) => must("mkfifo", ["-m", "600", path]),
  "a link to a named pipe": async (path) => {
    await must("mkfifo", ["-m", "600", `${path}.pipe`]);
    Deno.symlinkSync(`${path}.pipe`, path);
  },
  "a dangling link": (path) => Deno.symlinkSync(`${path}.nowhere`, path),
  "a link to a device": (path) => Deno.symlinkSync("/dev/zero", path),
  huge: (path) => {
    using handle = Deno.openSync(path, { write: true, create: true, mode: 0o600 });
    handle.truncateSync(2 ** 40);
  },
};

/** Those that keep what the file holds. */
const KEPT: Record<string, (path: string) => void | Promise<unknown>> = {
  unreadable: (path) => Deno.chmodSync(path, 0),
  "writable by others": (path) => Deno.chmodSync(path, 0o666),
  "another user's": (path) => Deno.chownSync(path, 12345, 12345),
  cut: (path) => Deno.truncateSync(path, Math.floor(Deno.statSync(path).size / 2)),
};

/** The others are there for each store. */
const OF_HOST = ["lock", "signer.asc", "signer.asc.new", "catalog.copy", "paths.json", "stores"];

function path(life: Life, name: string): string {
  const host = `${life.host.state}/${life.host.name}`;
  return `${OF_HOST.includes(name) ? host : life.known}/${name}`;
}

/** A backup that either refuses with a reason and a remedy, or stores a snapshot that restores exactly. */
async function assertSound(life: Life, name: string, copy: string): Promise<void> {
  const planned = await plan(life.host, life.run).catch((error) => error as Error);
  if (planned instanceof Error) assertHelpful(planned, path(life, name));
  life.events.length = 0;
  const result = await life.backup().catch((error) => error as Error);
  if (result instanceof Error) return assertHelpful(result, path(life, name));
  const warned = life.events.some((it) =>
    it.event === "warning" || (it.event === "note" && /^Everything is sent/.test(it.text))
  );
  if (result.sent.entries === result.entries) assert.ok(warned, "everything was sent without a warning");
  await assertRestores(life, result, copy);
}

function assertHelpful(error: Error, path: string): void {
  assert.ok(error instanceof Failure, `${error.stack}`);
  assert.ok(error.message.includes(path), error.message);
  assert.ok(error.hint !== undefined && error.hint.length > 10, error.message);
  assert.doesNotMatch(error.message, /armored|openpgp|undefined|SyntaxError/i);
}

async function assertRestores(life: Life, { snapshot }: BackupResult, copy: string): Promise<void> {
  const target = `${life.directory}/back-${snapshot}`;
  assert.equal((await life.restore({ target }, snapshot)).lost, 0);
  assertSameTree(restoredSource(life, target), copy);
}

const TREE = directory({ a: file("a"), b: file(noise(3000)), c: directory({ d: file("d") }) });

for (const name of FILES) {
  Deno.test(`a state directory with anything as its ${name} leads to a remedy or to a sound backup`, () =>
    withLife(TREE, async (life) => {
      const copy = await life.copy();
      for (const [what, make] of Object.entries(STATES)) {
        await begunAnew(life);
        Deno.removeSync(path(life, name), { recursive: true });
        await make(path(life, name));
        await assertSound(life, name, copy).catch((error) => assert.fail(`${what}: ${error.stack}`));
      }
    }));
}

for (const name of ["lock", "chain.json", "signer.asc", "catalog.sqlite"]) {
  Deno.test(`a state directory whose ${name} was changed leads to a remedy or to a sound backup`, () =>
    withLife(TREE, async (life) => {
      const copy = await life.copy();
      for (const [what, change] of Object.entries(KEPT)) {
        await begunAnew(life);
        await change(path(life, name));
        await assertSound(life, name, copy).catch((error) => assert.fail(`${what}: ${error.stack}`));
      }
    }));
}

/** Puts back a state directory after two backups, with every file that can be there. */
async function begunAnew(life: Life): Promise<void> {
  life.now += DAY_MS / 10;
  const sound = `${life.directory}/sound`;
  if (!exists(sound)) {
    for (let at = 0; at < 2; at += 1) await life.backup();
    for (const name of FILES) {
      if (!exists(path(life, name))) Deno.writeTextFileSync(path(life, name), "", { mode: 0o600 });
    }
    await must("cp", ["--archive", life.host.state, sound]);
  }
  Deno.removeSync(life.host.state, { recursive: true });
  await must("cp", ["--archive", sound, life.host.state]);
}
