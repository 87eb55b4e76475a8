/** `drill` as it is typed, in the sandbox of its task. What it finds is tested in `tests/drill`. */
import assert from "node:assert/strict";
import { jsonLines, nightdrop, startNightdrop } from "../support/nightdrop.ts";
import { HOST, withSetup } from "../support/setup.ts";
import { withListener } from "../support/listener.ts";

const IDENTITY = ["--identity", "keys/backups.private.asc"];
const TEMP = ["--temp", "temp"];

/** The settings of a host whose dump is checked by commands that the sandbox of the task does not know. */
const DUMP = `
  dumps: [{ name: "d", command: ["sh", "-c", "echo 3"] }],
  drill: { always: ["source/a.conf"], dumps: { d: { check: ["cat", "{file}"], expect: ">2" } } },`;

Deno.test("drill ends in the code of its worst check, writes a signed report, and leaves nothing behind", () =>
  withSetup(
    async (at) => {
      Deno.mkdirSync(`${at}/temp`);
      const leaves = (): string[] => [...Deno.readDirSync(`${at}/temp`)].map(({ name }) => name);
      await nightdrop(["backup", "--host", HOST], { cwd: at, flags: ["--allow-run=getfattr,sh,kill"] });

      // The command of the check is not granted: that is no pass.
      const refused = await nightdrop(["drill", ...IDENTITY, ...TEMP], { cwd: at });
      assert.equal(refused.code, 1, refused.text + refused.stderr);
      assert.match(
        refused.text,
        /NOT RUN: dump .*the sandbox does not grant it.*permissions --trusted --write/,
      );

      const granted = { cwd: at, flags: ["--allow-run=cat,kill,mkfifo,setfattr"] };
      const good = await nightdrop(["drill", HOST, ...IDENTITY, ...TEMP, "--report", "drill.asc"], granted);
      assert.equal(good.code, 0, good.text + good.stderr);
      assert.match(
        good.text,
        /^web1\.example\.org: ok: 1 of 1 snapshot, .*1 dump checked.*\nDrill of 1 host: 1 ok; \d+ of \d+ checks passed; seed [0-9a-f]{16}\n$/,
      );
      assert.match(good.stderr, /signer not pinned/);
      assert.match(
        Deno.readTextFileSync(`${at}/drill.asc`),
        /^-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n\{\n {2}"format": "nightdrop-drill\/1",/,
      );
      assert.equal(Deno.statSync(`${at}/drill.asc`).mode! & 0o777, 0o600);

      const [store] = [...Deno.readDirSync(`${at}/store/${HOST}`)].map(({ name }) =>
        `${at}/store/${HOST}/${name}`
      );
      const volume = [...Deno.readDirSync(store!)].map(({ name }) => `${store}/${name}`).find((it) =>
        /\.tar\./.test(it)
      )!;
      const bytes = Deno.readFileSync(volume);
      bytes[bytes.length - 30]! ^= 1;
      Deno.chmodSync(volume, 0o644);
      Deno.writeFileSync(volume, bytes);
      const damaged = await nightdrop(["drill", ...IDENTITY, ...TEMP, "--json"], granted);
      assert.deepEqual([damaged.code, damaged.stderr], [4, ""]);
      assert.deepEqual(jsonLines(damaged.text).map(({ event, state }) => [event, state]), [[
        "drilled",
        "failed",
      ], ["drill", "failed"]]);
      assert.deepEqual(leaves(), []);
    },
    "",
    DUMP,
  ));

Deno.test("drill without a private key carries requests and answers, which only their owner can read", () =>
  withSetup(async (at) => {
    const drill = (...args: string[]): ReturnType<typeof nightdrop> =>
      nightdrop(["drill", ...args], { cwd: at });
    await nightdrop(["backup", "--host", HOST], { cwd: at });
    const asked = await drill("--request", "first");
    assert.equal(asked.code, 0, asked.stderr);
    assert.match(
      asked.text,
      /asks for 1 session key of 1 host\. .*: nightdrop drill --answer first --identity/,
    );
    assert.equal(
      (await drill("--answer", "first", ...IDENTITY, "--config", "none.ts")).code,
      0,
      "it needs no config",
    );
    assert.equal(Deno.statSync(`${at}/first.keys`).mode! & 0o777, 0o600);
    const again = await drill("--session-keys", "first.keys", "--request", "second");
    assert.match(again.text, /asks for 1 session key /);
    const answered = await drill("--answer", "second", ...IDENTITY);
    const keys = Deno.readTextFileSync(`${at}/second.keys`);
    assert.doesNotMatch(answered.text + answered.stderr, new RegExp(/9:(\w+)/.exec(keys)![1]!, "i"));
    const BOTH = ["--session-keys", "first.keys", "--session-keys", "second.keys"];
    const done = await drill(...BOTH, "--signer", "drill-key.asc", "--report", "drill.asc");
    assert.equal(done.code, 0, done.text + done.stderr);
    assert.match(done.stderr, /Created the signing key [0-9a-f]{40} in "drill-key\.asc"/);
    assert.match(Deno.readTextFileSync(`${at}/drill.asc`), /"opened": "session keys"/);

    assert.equal((await drill("--session-keys", "first.keys")).code, 1, "what is missing has not run");
    assert.equal((await drill(...BOTH, "--report", "drill.asc")).code, 2, "nothing signs the report");
    assert.equal((await drill(...BOTH, ...IDENTITY)).code, 2, "keys of both kinds");
    Deno.chmodSync(`${at}/first.keys`, 0o644);
    const open = await drill("--session-keys", "first.keys");
    assert.deepEqual([open.code, /chmod 600/.test(open.stderr)], [2, true], open.stderr);
  }));

Deno.test("an interrupted drill ends with 130, ends the check of a dump, and leaves nothing behind", () =>
  withSetup(
    async (at) => {
      Deno.mkdirSync(`${at}/temp`);
      await nightdrop(["backup", "--host", HOST], { cwd: at, flags: ["--allow-run=getfattr,sh,kill"] });
      const child = startNightdrop(["drill", ...IDENTITY, ...TEMP], at, {
        flags: ["--allow-run=sleep,kill,mkfifo,setfattr"],
      });
      const loaded = (): boolean =>
        [...Deno.readDirSync(`${at}/temp`)].some(({ name }) =>
          [...Deno.readDirSync(`${at}/temp/${name}`)].some((it) => it.name === "loaded")
        );
      while (!loaded()) await new Promise((resolve) => setTimeout(resolve, 50));
      child.kill("SIGTERM");
      await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
      assert.equal((await child.status).code, 130);
      assert.deepEqual([...Deno.readDirSync(`${at}/temp`)], []);
    },
    "",
    DUMP.replace('["cat", "{file}"]', '["sleep", "600"]'),
  ));

/** A server of buckets that answers only while so many hosts ask it at the same time. */
function withGatheringServer(hosts: number, body: (url: string) => Promise<void>): Promise<void> {
  const all = Promise.withResolvers<void>();
  const asking = new Set<string>();
  const answer = async ({ url, signal }: Request): Promise<Response> => {
    const bucket = new URL(url).pathname;
    asking.add(bucket);
    signal.addEventListener("abort", () => asking.delete(bucket));
    if (asking.size === hosts) all.resolve();
    await all.promise;
    return new Response("", { status: 403 });
  };
  return withListener(({ url }) => body(url), answer);
}

Deno.test("drill works on several hosts at the same time, prints them in their order and goes on after a failure", () =>
  withSetup(async (at) => {
    await nightdrop(["backup", "--host", HOST], { cwd: at });
    await withGatheringServer(2, async (endpoint) => {
      const store = (bucket: string): string =>
        `{ kind: "s3", bucket: "${bucket}", region: "r", endpoint: "${endpoint}" }`;
      const hosts = ["first", "last"].map((name) =>
        `"${name}": { paths: ["source"], store: ${store(name)} }`
      );
      const config = Deno.readTextFileSync(`${at}/backup.config.ts`);
      Deno.writeTextFileSync(
        `${at}/backup.config.ts`,
        config.replace("hosts: {", `hosts: { ${hosts[0]},`).replace(/\},\s*\};/, `, ${hosts[1]} } };`),
      );
      const env = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s" };
      const ran = await nightdrop(["drill", ...IDENTITY], { cwd: at, env });
      assert.equal(ran.code, 1, ran.text + ran.stderr);
      assert.deepEqual(
        [...ran.text.matchAll(/^(\S+): (ok|NOT RUN)/gm)].map(([, host, state]) => [host, state]),
        [["first", "NOT RUN"], [HOST, "ok"], ["last", "NOT RUN"]],
      );
      assert.match(ran.text, /^Drill of 3 hosts: 2 NOT RUN \(first, last\), 1 ok;/m);
    });
  }));
