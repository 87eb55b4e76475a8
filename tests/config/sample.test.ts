import assert from "node:assert/strict";
import { resolve } from "node:path/posix";
import fc from "fast-check";
import { loadConfig } from "../../lib/config/load.ts";
import { sampleConfig, type SampleOptions } from "../../lib/config/sample.ts";
import type { Host } from "../../lib/config/types.ts";
import { withDirectory } from "../support/directory.ts";

const KEY = "0123456789abcdef0123456789abcdef01234567";
const BASE: SampleOptions = { host: "web1.example.org", recipientFile: "keys/backups.asc", fingerprint: KEY };
const stateDirectory = "/var/lib/nightdrop";

async function loaded(options: SampleOptions): Promise<Host> {
  return await withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/backup.config.ts`, sampleConfig(options));
    const hosts = await loadConfig(`${directory}/backup.config.ts`, { stateDirectory });
    assert.deepEqual([...hosts.keys()], [options.host]);
    return hosts.get(options.host)!;
  });
}

Deno.test("the sample config for a bucket is loaded and valid", async () => {
  const host = await loaded({ ...BASE, recipientFile: "/keys/a.asc" });
  assert.deepEqual(host.recipients, [{ file: "/keys/a.asc", fingerprint: KEY }]);
  assert.equal(host.store.kind === "s3" && host.store.bucket, "web1.example.org-backups");
  assert.deepEqual(host.selection.paths, ["/etc"]);
  assert.equal(host.state, stateDirectory);
});

Deno.test("the sample config for a directory is loaded and valid, with the import of its type too", async () => {
  const module = "nightdrop"; // only type checks look for it
  const paths = ["/srv", "/home/a b"];
  const host = await loaded({ ...BASE, store: "/mnt/{host}", paths, state: "/state", module });
  assert.deepEqual(host.store, { kind: "directory", path: "/mnt/web1.example.org" });
  assert.deepEqual(host.selection.paths, paths);
  assert.equal(host.state, "/state");
});

Deno.test("the sample config is formatted as `deno fmt` formats it", async () => {
  for (const options of [BASE, { ...BASE, store: "/x", state: "/s", module: "./mod.ts" }]) {
    await withDirectory(async (directory) => {
      await Deno.writeTextFile(`${directory}/a.ts`, sampleConfig(options));
      const args = ["fmt", "--check", "--no-config", "--line-width=110", "a.ts"];
      const ran = await new Deno.Command(Deno.execPath(), { args, cwd: directory }).output();
      assert.equal(ran.code, 0, new TextDecoder().decode(ran.stderr));
    });
  }
});

Deno.test("option values of the sample config are escaped", async () => {
  const texts = fc.sample(fc.string({ unit: "binary", minLength: 1 }), { numRuns: 20, seed: 1 });
  for (
    const text of ['"', "`${1}`", "*/", "\u2028", "\\", "\n// x", ...texts].filter((it) => !it.includes("\0"))
  ) {
    const file = `/keys/${text}/x`;
    const host = await loaded({ ...BASE, paths: [file] });
    assert.deepEqual(host.selection.paths, [resolve(file)]);
  }
});

Deno.test("the example config at the top of the project is loaded and valid", async () => {
  const top = new URL("../../", import.meta.url).pathname;
  const hosts = await loadConfig(`${top}backup.config.ts`, { stateDirectory });
  assert.deepEqual([...hosts.keys()], ["web1.example.org", "db1.example.org"]);
  const db1 = hosts.get("db1.example.org")!;
  assert.equal(db1.recipients[0]?.file, `${top}keys/backups.asc`);
  assert.deepEqual([db1.retention.days, db1.selection.excludeCaches], [365, true]);
});
