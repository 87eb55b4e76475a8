/** The command line as people and scripts meet it: a process, its exit code, its two outputs. */
import assert from "node:assert/strict";
import { assertTree, directory, file, symlink } from "../source/tree.ts";
import { withDirectory } from "../support/directory.ts";
import { must, type Ran } from "../support/foreign.ts";
import { commandLine, jsonLines, nightdrop, startNightdrop } from "../support/nightdrop.ts";
import { HOST, somethingStored, withSetup } from "../support/setup.ts";

const IDENTITY = ["--identity", "keys/backups.private.asc"];

Deno.test("from keygen to restore: backup, list, verify, files, restore", () =>
  withSetup(async (at, source) => {
    const stored = await nightdrop(["backup", "--host", HOST], { cwd: at });
    assert.deepEqual([stored.code, stored.text.startsWith(`Stored: ${HOST}/`)], [0, true], stored.stderr);
    assert.match(stored.stderr, /Add signer: "[0-9a-f]{40}" to web1/);
    assert.doesNotMatch(stored.stderr + stored.text, /\.gpg|\.asc/);

    const listed = await nightdrop(["list"], { cwd: at });
    assert.deepEqual([listed.code, listed.stderr], [0, ""]);
    assert.match(
      listed.text,
      /^web1\.example\.org\/\d{8}T\d{6}Z-[0-9a-f]{16} {2}.* {2}5 entries, 8 B {2}.*stored {2}signer not pinned\n$/,
    );

    const verified = await nightdrop(["verify"], { cwd: at });
    assert.equal(verified.code, 0);
    assert.match(verified.text, /^web1\.example\.org: good: 1 snapshot, 2 objects of .* read\n$/);
    const deep = await nightdrop(["verify", HOST, "--deep", ...IDENTITY], { cwd: at });
    assert.equal(deep.code, 0, deep.stderr);

    const files = await nightdrop(["files", "latest", "*.conf", ...IDENTITY], { cwd: at });
    assert.match(files.text, /^-rw-r--r-- \S+ +4 .*\/source\/a\.conf\n$/);

    const restored = await nightdrop(["restore", "latest", "--to", "back", ...IDENTITY], { cwd: at });
    assert.equal(restored.code, 0, restored.stderr);
    assertTree(
      `${at}/back${source}`,
      directory({ "a.conf": file("one\n"), b: directory({ c: file("two\n"), d: symlink("c") }) }),
    );
    assert.equal(Deno.statSync(`${at}/back`).mode! & 0o777, 0o700);
  }));

Deno.test("unreadable files are reported, the rest is stored, and the exit code is 3", () =>
  withSetup(async (at) => {
    const { code, text, stderr } = await nightdrop(["backup", "--host", HOST], { cwd: at });
    assert.equal(code, 3);
    assert.match(text, /^Stored INCOMPLETE \(1 path could not be read\)/);
    assert.match(stderr, /warning: unread: .*\/missing: nothing has this name/);
  }, ', "missing"'));

Deno.test("a dry run prints what would be sent and sends nothing", () =>
  withSetup(async (at) => {
    const { code, text, stderr } = await nightdrop(["backup", "--host", HOST, "--dry-run", "--verbose"], {
      cwd: at,
    });
    assert.equal(code, 0, stderr);
    assert.match(text, /^Would back up web1\.example\.org: 5 entries of 8 B in 1 volume/);
    assert.match(stderr, /file +4 .*source\/a\.conf/);
    assert.match(stderr, /^Memory profile: fast, \d+\.\d [GT]iB of the (machine|cgroup)$/m);
    assert.match(
      stderr,
      /^Estimated peak of memory: \d+\.\d MiB, for \d+ parts of 16\.0 MiB, \d+ threads? and /m,
    );
    for (const made of ["store", "state"]) {
      assert.throws(() => Deno.statSync(`${at}/${made}`), Deno.errors.NotFound);
    }
  }));

Deno.test("with little memory in the config, a backup is made in small parts, one at a time", () =>
  withSetup(
    async (at) => {
      const { code, text, stderr } = await nightdrop(["backup", "--host", HOST, "--dry-run", "--json"], {
        cwd: at,
      });
      assert.equal(code, 0, stderr);
      const { parts, partSize, threads, profile, limit } = jsonLines(text).at(-1).memory;
      assert.deepEqual([parts, partSize, threads], [2, 4 * 2 ** 20, 0]);
      assert.deepEqual({ profile, limit }, {
        profile: "small",
        limit: { bytes: 256 * 2 ** 20, source: "config" },
      });
    },
    "",
    'memory: "256 MiB",',
  ));

Deno.test("after a backup a dry run changes nothing and prints what the next backup sends", () =>
  withSetup(async (at, source) => {
    // No file may have been changed in the moment in which it is read, or it would be sent once more.
    const later = (...args: string[]): Promise<Ran> =>
      must("faketime", ["+2 days", ...commandLine(["backup", "--host", HOST, ...args])], { cwd: at });
    const state = async (): Promise<string> => {
      const line = "find state -type f | sort | xargs sha256sum; find state | sort";
      return (await must("sh", ["-c", line], { cwd: at })).text;
    };
    await later();
    Deno.writeTextFileSync(`${source}/a.conf`, "another\n");
    const before = await state();
    assert.match(before, /catalog\.sqlite/);
    const planned = await later("--dry-run", "--verbose");
    assert.match(planned.text, /: 5 entries of 12 B, to send 1 entry of 8 B in 1 volume /);
    assert.match(planned.stderr, /^file +8 .*source\/a\.conf$/m);
    assert.doesNotMatch(planned.stderr, /source\/b/);
    assert.match((await later("--dry-run", "--full")).text, /: 5 entries of 12 B in 1 volume /);
    assert.equal(await state(), before);
    assert.match((await later()).text, /: 5 entries of 12 B, sent 1 entry of 8 B; /);
  }));

Deno.test("with --json standard output has one object per line, errors included, and standard error is empty", () =>
  withSetup(async (at) => {
    const stored = await nightdrop(["backup", "--host", HOST, "--json"], { cwd: at });
    assert.deepEqual(jsonLines(stored.text).map(({ event }) => event), ["note", "note", "note", "snapshot"]);
    assert.equal(stored.stderr, "");
    const verified = await nightdrop(["verify", "--json"], { cwd: at });
    assert.equal(jsonLines(verified.text).at(-1).damages, 0);
    const failed = await nightdrop(["restore", "latest", "--to", "back", "--json"], { cwd: at });
    assert.equal(failed.code, 2);
    assert.deepEqual(jsonLines(failed.text).map(({ event }) => event), ["error"]);
  }));

Deno.test("verify and restore exit with 4 on damage, and list does if the receipt is damaged", () =>
  withSetup(async (at) => {
    await nightdrop(["backup", "--host", HOST], { cwd: at });
    const host = `${at}/store/${HOST}`;
    const [{ name: snapshot }] = [...Deno.readDirSync(host)] as [Deno.DirEntry];
    const volume = [...Deno.readDirSync(`${host}/${snapshot}`)].find(({ name }) =>
      name.startsWith("000001.")
    )!;
    const path = `${host}/${snapshot}/${volume.name}`;
    const bytes = Deno.readFileSync(path);
    bytes[bytes.length - 1]! ^= 1;
    Deno.chmodSync(path, 0o644);
    Deno.writeFileSync(path, bytes);
    const verified = await nightdrop(["verify"], { cwd: at });
    assert.equal(verified.code, 4);
    assert.match(verified.text, /^damage: .*is not what its receipt says\n.*: DAMAGED, 1 finding/);
    const restored = await nightdrop(["restore", "latest", "--to", "back", ...IDENTITY], { cwd: at });
    assert.equal(restored.code, 4);
    assert.match(restored.text, /LOST/);
  }));

Deno.test("wrong usage and wrong configs exit with 2 and a hint", () =>
  withSetup(async (at) => {
    const rows: [args: string[], says: RegExp][] = [
      [["backup", "--hots", HOST], /unknown option '--hots'[\s\S]*Did you mean --host/],
      [["frobnicate"], /unknown command 'frobnicate'/],
      [["restore", "latest"], /required option '--to <dir>'/],
      [["verify", "--sample", "none"], /whole number from 1 to 999,999/],
      [["stats", "latest", "--sent", "--top", "1000000"], /whole number from 1 to 999,999/],
      ...["2/30", "1/1", "1/367", "1/030", "30", "1/30/2", "1 / 30"].map((part): [string[], RegExp] => [
        ["verify", "--subset", part],
        /Give a part such as 1\/30/,
      ]),
      ...["--deep", "--no-content", "--sample=3"].map((other): [string[], RegExp] => [
        ["verify", "--subset", "1/30", other],
        /cannot be used with/,
      ]),
      [["backup", "--host", "web2.example.org"], /web1\.example\.org/],
      [["backup", "--config", "nothing.ts"], /nothing\.ts/],
      [["restore", "latest", "--to", "back"], /No private key is given/],
      [["restore", "20200101", "--to", "back", ...IDENTITY], /no such|There is no/],
      [["keygen", "keys"], /Cannot create the key .*: the file exists/],
    ];
    for (const [args, says] of rows) {
      const { code, stderr } = await nightdrop(args, { cwd: at });
      assert.equal(
        code,
        args[0] === "restore" && args[1] === "20200101" ? 1 : 2,
        `${args.join(" ")}: ${stderr}`,
      );
      assert.match(stderr, says, args.join(" "));
    }
  }));

Deno.test("a second backup at the same time exits with 11 and names the holder of the lock", () =>
  withSetup(async (at) => {
    Deno.mkdirSync(`${at}/state/${HOST}`, { recursive: true });
    using lock = Deno.openSync(`${at}/state/${HOST}/lock`, { read: true, write: true, create: true });
    lock.lockSync(true);
    lock.writeSync(new TextEncoder().encode("process 4711, since yesterday\n"));
    const { code, stderr } = await nightdrop(["backup", "--host", HOST], { cwd: at });
    assert.equal(code, 11);
    assert.match(stderr, /process 4711/);
  }));

for (
  const [signal, when, message] of [
    ["SIGINT", "by Ctrl-C", "Interrupted"],
    ["SIGTERM", "by a shutdown", "Interrupted by SIGTERM"],
  ] as const
) {
  Deno.test(`a backup that is interrupted ${when} exits with 130 and stores no snapshot`, () =>
    withSetup(async (at, source) => {
      using large = Deno.openSync(`${source}/large`, { write: true, create: true });
      large.truncateSync(20 * 2 ** 30); // minutes of work, and holes take no disk
      const child = startNightdrop(["backup", "--host", HOST], at);
      await somethingStored(`${at}/store`);
      child.kill(signal);
      const { code, stderr } = await child.output();
      assert.equal(code, 130);
      assert.ok(new TextDecoder().decode(stderr).endsWith(`error: ${message}\n`));
      const listed = await nightdrop(["list", "--json"], { cwd: at });
      assert.deepEqual(jsonLines(listed.text).map(({ event }) => event), ["unfinished"]);
      large.truncateSync(0);
      assert.equal(
        (await nightdrop(["backup", "--host", HOST], { cwd: at })).code,
        0,
        "the next run goes well",
      );
    }, '], compression: "none", partSize: "64 KiB", exclude: ["nothing"'));
}

Deno.test("help shows a summary of every command, examples and the exit codes", async () => {
  const { code, text } = await nightdrop(["--help"]);
  assert.equal(code, 0);
  for (const word of ["quickstart", "backup", "restore", "verify", "keygen", "Exit codes:", "130"]) {
    assert.ok(text.includes(word), word);
  }
  const backup = await nightdrop(["backup", "--help"]);
  assert.match(backup.text, /--dry-run[\s\S]*Examples:/);
  const version = await nightdrop(["--version"]);
  assert.equal(
    version.text.trim(),
    JSON.parse(Deno.readTextFileSync(new URL("../../deno.json", import.meta.url))).version,
  );
});

Deno.test("init creates keys and a valid config, and never changes existing files", () =>
  withDirectory(async (at) => {
    const first = await nightdrop(["init", ".", "--host", HOST, "--json"], { cwd: at });
    assert.equal(first.code, 0, first.stderr);
    assert.equal(Deno.statSync(`${at}/keys/backups.private.asc`).mode! & 0o777, 0o600);
    const config = Deno.readTextFileSync(`${at}/backup.config.ts`);
    assert.match(config, new RegExp(`"${HOST}"`));
    const listed = await nightdrop(["list"], { cwd: at });
    assert.equal(listed.code, 2);
    assert.match(listed.stderr, /access key/, "the config itself was taken");
    const again = await nightdrop(["init", "."], { cwd: at });
    assert.equal(again.code, 2);
    assert.equal(Deno.readTextFileSync(`${at}/backup.config.ts`), config);
  }));

Deno.test("a passphrase from a file or the environment unlocks the key, and a wrong one is refused", () =>
  withSetup(async (at) => {
    Deno.writeTextFileSync(`${at}/pass`, "correct horse\n", { mode: 0o600 });
    const made = await nightdrop(["keygen", "guarded", "--passphrase-file", "pass", "--json"], { cwd: at });
    assert.equal(made.code, 0, made.stderr);
    const [{ fingerprint }] = jsonLines(made.text);
    const config = Deno.readTextFileSync(`${at}/backup.config.ts`);
    Deno.writeTextFileSync(
      `${at}/backup.config.ts`,
      config.replace(/keys\/backups/, "guarded/backups").replace(
        /fingerprint: "[0-9a-f]+"/,
        `fingerprint: "${fingerprint}"`,
      ),
    );
    assert.equal((await nightdrop(["backup", "--host", HOST], { cwd: at })).code, 0);
    const files = ["files", "latest", "--identity", "guarded/backups.private.asc"];
    assert.equal((await nightdrop([...files, "--passphrase-file", "pass"], { cwd: at })).code, 0);
    assert.equal(
      (await nightdrop(files, { cwd: at, env: { NIGHTDROP_PASSPHRASE: "correct horse" } })).code,
      0,
    );
    const wrong = await nightdrop(files, { cwd: at, env: { NIGHTDROP_PASSPHRASE: "battery staple" } });
    assert.deepEqual([wrong.code, /passphrase/i.test(wrong.stderr), wrong.stderr.includes("battery")], [
      2,
      true,
      false,
    ]);
    const none = await nightdrop(files, { cwd: at });
    assert.equal(none.code, 2);
    Deno.chmodSync(`${at}/pass`, 0o644);
    const open = await nightdrop([...files, "--passphrase-file", "pass"], { cwd: at });
    assert.match(open.stderr, /other users have access[\s\S]*hint: Run: chmod 600 pass/);
  }));
