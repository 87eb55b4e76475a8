/** `mirror` as a command: killed, continued, and refused where it would be of no use. */
import assert from "node:assert/strict";
import { jsonLines, nightdrop, startNightdrop } from "../support/nightdrop.ts";
import { pinSigner } from "../support/pin_signer.ts";
import { HOST, withSetup } from "../support/setup.ts";

/** Moments at which the command is killed. */
const KILLS = Deno.env.has("NIGHTDROP_SOAK") ? 20 : 3;

/** Small parts, so that there are many objects. */
const TOP =
  'partSize: "64 KiB", compression: "none", mirrors: { second: { store: { kind: "directory", path: "second" } } },';

/** Names of the objects of the host in a store. */
function objectsIn(store: string): string[] {
  const names: string[] = [];
  try {
    for (const { name: id } of Deno.readDirSync(`${store}/${HOST}`)) {
      for (const { name } of Deno.readDirSync(`${store}/${HOST}/${id}`)) {
        if (!name.startsWith(".")) names.push(`${id}/${name}`);
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.sort();
}

Deno.test("a mirroring that is killed continues, and its mirror alone is verified and restored", () =>
  withSetup(
    async (at, source) => {
      const call = async (code: number, ...args: string[]): Promise<string> => {
        const ran = await nightdrop(args, { cwd: at });
        assert.equal(ran.code, code, `${args.join(" ")}: ${ran.text}${ran.stderr}`);
        return ran.text;
      };
      const bytes = new Uint8Array(2 * 1024 * 1024);
      for (let from = 0; from < bytes.length; from += 65_536) {
        crypto.getRandomValues(bytes.subarray(from, from + 65_536));
      }
      Deno.writeFileSync(`${source}/large`, bytes);
      await call(0, "backup", "--host", HOST);
      await pinSigner(at);
      const all = objectsIn(`${at}/store`);
      assert.ok(all.length > 25, `${all.length} objects`);
      Deno.mkdirSync(`${at}/second`);
      assert.match(
        (await nightdrop(["mirror", "--to", "second"], { cwd: at })).stderr,
        /keygen .* --signing/,
      );
      await call(0, "keygen", "keys", "--signing");
      const env = { XDG_STATE_HOME: `${at}/records` };
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const count = objectsIn(`${at}/second`).length;
        const child = startNightdrop(["mirror", "--to", "second"], at, { env });
        const ended = child.output();
        while (objectsIn(`${at}/second`).length <= Math.min(count, all.length - 2)) {
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        try {
          child.kill("SIGKILL");
        } catch (error) {
          if (!(error instanceof TypeError)) throw error; // it has ended
        }
        await ended;
        const { code, text } = await nightdrop(["verify", "--store", "second"], { cwd: at });
        assert.ok(code === 0 || /no complete snapshot/.test(text), text);
      }
      await call(0, "mirror", "--to", "second");
      assert.deepEqual(objectsIn(`${at}/second`), all);
      await call(0, "verify", "--store", "second");
      Deno.removeSync(`${at}/second/${HOST}`, { recursive: true });
      await call(0, "mirror", "--to", "second");
      assert.deepEqual(objectsIn(`${at}/second`), all, "a new disk gets everything");
      Deno.removeSync(`${at}/store/${HOST}`, { recursive: true });
      await call(0, "restore", "latest", "--to", "back", "--identity", "keys/backups.private.asc");
      assert.deepEqual(Deno.readFileSync(`${at}/back${source}/large`), bytes);
    },
    "",
    TOP,
  ));

Deno.test("mirror of several hosts asks once to pin the key that signs the dates", () =>
  withSetup(
    async (at) => {
      const file = `${at}/backup.config.ts`;
      const other = '"db1.example.org": { paths: ["source"] },';
      Deno.writeTextFileSync(file, Deno.readTextFileSync(file).replace("hosts: {", `hosts: { ${other}`));
      Deno.mkdirSync(`${at}/second`);
      for (const host of [HOST, "db1.example.org"]) await nightdrop(["backup", "--host", host], { cwd: at });
      await nightdrop(["keygen", "keys", "--signing"], { cwd: at });
      const { code, text, stderr } = await nightdrop(["mirror", "--to", "second"], { cwd: at });
      assert.deepEqual([code, text.match(/mirrored 1 snapshot/g)?.length], [0, 2], stderr);
      assert.equal(stderr.match(/Add signer: /g)?.length, 1, stderr);
    },
    "",
    TOP,
  ));

Deno.test("mirror refuses a name that the config does not have, and the store itself", () =>
  withSetup(
    async (at) => {
      const unknown = await nightdrop(["mirror", "--to", "third"], { cwd: at });
      assert.deepEqual([unknown.code, /Name one of second/.test(unknown.stderr)], [2, true], unknown.stderr);
      await nightdrop(["keygen", "keys", "--signing"], { cwd: at });
      const itself = await nightdrop(["mirror", "--to", "second"], { cwd: at });
      assert.equal(itself.code, 2, itself.stderr);
      assert.match(itself.stderr, /it is the store of the host itself/);
    },
    "",
    TOP.replace('path: "second"', 'path: "store"'),
  ));

Deno.test("verify checks the mirrors too, names what they lack, and leaves them out with --no-mirrors", () =>
  withSetup(
    async (at) => {
      const call = async (code: number, ...args: string[]): Promise<string> => {
        const ran = await nightdrop(args, { cwd: at });
        assert.equal(ran.code, code, `${args.join(" ")}: ${ran.text}${ran.stderr}`);
        return ran.text;
      };
      await call(0, "backup", "--host", HOST);
      await pinSigner(at);
      await call(0, "keygen", "keys", "--signing");
      Deno.mkdirSync(`${at}/second`);
      await call(0, "mirror", "--to", "second");
      const both = await call(0, "verify");
      assert.match(both, /^web1\.example\.org: good: 1 snapshot/m);
      assert.match(both, /^web1\.example\.org in the mirror second: good: 1 snapshot/m);
      await call(0, "backup", "--host", HOST);
      assert.match(
        await call(0, "verify"),
        /^note: web1\.example\.org\/\S+ in the mirror second: The mirror lacks it\. Run `\S+ mirror --to second`$/m,
      );
      const volume = objectsIn(`${at}/second`).find((name) => name.includes(".tar"))!;
      Deno.writeTextFileSync(`${at}/second/${HOST}/${volume}`, "damaged");
      const damaged = await call(4, "verify");
      assert.match(damaged, /^damage: web1\.example\.org\/\S+ in the mirror second: /m);
      assert.match(damaged, /^web1\.example\.org: good/m);
      const events = jsonLines(await call(4, "verify", "--json"));
      assert.deepEqual(
        events.filter(({ event }) => event === "verified").map(({ mirror, damages }) => [mirror, damages]),
        [[undefined, 0], ["second", 1]],
      );
      assert.doesNotMatch(await call(0, "verify", "--no-mirrors"), /mirror/);
      assert.match(await call(4, "status"), /In the mirror second: /);
      Deno.removeSync(`${at}/second`, { recursive: true });
      assert.match(
        await call(1, "verify"),
        /^unreadable: web1\.example\.org in the mirror second: .*no such directory/m,
      );
      assert.match(await call(5, "status"), /The mirror second cannot be read: /);
    },
    "",
    TOP,
  ));

Deno.test("what a store lacks or has damaged is read from its mirror by files, find, diff, cat and tar", () =>
  withSetup(
    async (at, source) => {
      const call = async (...args: string[]): Promise<{ printed: string; warned: boolean }> => {
        const { code, stdout, stderr } = await nightdrop(args, { cwd: at });
        assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
        return {
          printed: stdout.toBase64(),
          warned: /lacks or has damaged are taken from .*second/.test(stderr),
        };
      };
      await call("backup", "--host", HOST);
      Deno.writeTextFileSync(`${source}/a.conf`, "changed\n");
      await call("backup", "--host", HOST);
      await pinSigner(at);
      await call("keygen", "keys", "--signing");
      Deno.mkdirSync(`${at}/second`);
      await call("mirror", "--to", "second");
      const [first] = [...Deno.readDirSync(`${at}/store/${HOST}`)].map(({ name }) => name).sort();
      const COMMANDS = [
        ["files", "latest"],
        ["find", "*.conf"],
        ["diff", first!, "latest"],
        ["cat", "latest", `${source}/a.conf`, `${source}/b/c`],
        ["tar", "latest"],
      ].map((args) => [...args, "--identity", "keys/backups.private.asc"]);
      const before = [];
      for (const args of COMMANDS) before.push(await call(...args));
      assert.ok(before.every(({ warned }) => !warned));
      for (const name of objectsIn(`${at}/store`)) {
        const path = `${at}/store/${HOST}/${name}`;
        if (name.includes("receipt-")) continue;
        if (name.startsWith(first!)) Deno.removeSync(path);
        else Deno.writeFileSync(path, Deno.readFileSync(path).with(100, 0));
      }
      for (const [index, args] of COMMANDS.entries()) {
        assert.deepEqual(await call(...args), { ...before[index], warned: true }, args[0]);
      }
      assert.equal((await nightdrop(["verify", "--no-mirrors"], { cwd: at })).code, 4);
    },
    "",
    TOP,
  ));
