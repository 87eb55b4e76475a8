/** When something goes wrong: each row of that table in `docs/TROUBLESHOOTING.md`, as a process meets it. */
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import type { S3Options } from "../../lib/store/s3/options.ts";
import { MARKER } from "../../lib/store/directory/marker.ts";
import { withServer } from "../store/wire.ts";
import { foreignTest, has, must, type Ran, run } from "../support/foreign.ts";
import { withListener } from "../support/listener.ts";
import { commandLine, jsonLines, nightdrop, startNightdrop } from "../support/nightdrop.ts";
import { newBucket, rgwTest } from "../support/rgw.ts";
import { HOST, somethingStored, withSetup } from "../support/setup.ts";

const BACKUP = ["backup", "--host", HOST];
const GRANT = { flags: ["--allow-run=getfattr,sh"] };
const IDENTITY = ["--identity", "keys/backups.private.asc"];

/** Host whose first hook runs long enough to be observed, and whose other hooks print that they ran. */
const SLOW = `hooks: {
  before: ["sh", "-c", "echo ready >&2; exec sleep 60"],
  failed: ["sh", "-c", "echo $NIGHTDROP_RESULT $NIGHTDROP_EXIT_CODE"],
  finally: ["sh", "-c", "echo cleaned up"],
},`;

/** Reads a stream until it has said something; the rest goes by. */
async function heard(stream: ReadableStream<Uint8Array>, word: string): Promise<() => Promise<string>> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const more = async (): Promise<boolean> => {
    const { value, done } = await reader.read();
    text += value ?? "";
    return !done;
  };
  while (!text.includes(word)) assert.ok(await more(), text);
  return async () => {
    while (await more());
    return text;
  };
}

/** What the owner sees in the store: snapshots, and directories that are none. Nobody has made a store that holds nothing. */
async function listed(at: string): Promise<string[]> {
  const lines = jsonLines((await nightdrop(["list", "--json"], { cwd: at })).text);
  return lines.filter(({ message }) => !/does not exist|no such/i.test(message)).map(({ event }) => event);
}

async function verified(at: string, env: Record<string, string> = {}): Promise<void> {
  const ran = await nightdrop(["verify", "--deep", ...IDENTITY], { cwd: at, env });
  assert.equal(ran.code, 0, ran.text + ran.stderr);
}

Deno.test("the second of two simultaneous runs exits with 11 and names the holder of the lock and its start", () =>
  withSetup(
    async (at) => {
      const first = startNightdrop(BACKUP, at, GRANT);
      const rest = await heard(first.stderr, "ready");
      const second = await nightdrop(BACKUP, { cwd: at, ...GRANT });
      assert.equal(second.code, 11);
      assert.match(
        second.stderr,
        new RegExp(`error: Another run holds the lock: process ${first.pid}, since 20\\S+Z, \\d+ min ago\\n`),
      );
      assert.match(second.stderr, new RegExp(`hint: .*if it hangs: kill ${first.pid}`));
      assert.doesNotMatch(second.stderr, /ready|cleaned up/, "its hooks did not run");
      first.kill("SIGTERM");
      await rest();
      await first.stdout.cancel();
      assert.equal((await first.status).code, 130);
    },
    "",
    SLOW,
  ));

Deno.test("INT and TERM end the running hook, run the clean-up hooks, and exit with 130", () =>
  withSetup(
    async (at) => {
      const child = startNightdrop(BACKUP, at, GRANT);
      const rest = await heard(child.stderr, "ready");
      child.kill("SIGINT");
      const reported = await rest();
      assert.match(reported, /hook failed: interrupted 130\nhook finally: cleaned up\nerror: Interrupted\n$/);
      await child.stdout.cancel();
      assert.equal((await child.status).code, 130);
      assert.deepEqual(await listed(at), []);
    },
    "",
    SLOW,
  ));

Deno.test("a run that exceeds --max-duration exits with 1 and stores nothing", () =>
  withSetup(
    async (at) => {
      const { code, stderr } = await nightdrop([...BACKUP, "--max-duration", "1s"], { cwd: at, ...GRANT });
      assert.equal(code, 1);
      assert.match(
        stderr,
        /cleaned up\nerror: Not done after 1 s, the limit of --max-duration: nothing is stored\nhint: Set a longer limit/,
      );
      assert.deepEqual(await listed(at), []);
      const wrong = await nightdrop([...BACKUP, "--max-duration", "soon"], { cwd: at });
      assert.deepEqual([wrong.code, /Give a duration/.test(wrong.stderr)], [2, true]);
    },
    "",
    SLOW,
  ));

Deno.test("after a killed run the next one stores a complete snapshot", () =>
  withSetup(
    async (at, source) => {
      using large = Deno.openSync(`${source}/large`, { write: true, create: true });
      large.truncateSync(20 * 2 ** 30); // minutes of work, and holes take no disk
      const child = startNightdrop(BACKUP, at);
      await somethingStored(`${at}/store`);
      child.kill("SIGKILL");
      await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.status]);
      large.truncateSync(1000);
      const again = await nightdrop(BACKUP, { cwd: at });
      assert.equal(again.code, 0, again.stderr);
      assert.deepEqual((await listed(at)).sort(), ["snapshot", "unfinished"]);
      await verified(at);
    },
    "",
    'compression: "none", partSize: "64 KiB",',
  ));

/** Runs a backup whose state directory is on a separate small disk, which `script` prepares. */
async function onDisk(at: string, script: string, options = "size=1m"): Promise<Ran> {
  const words = commandLine(BACKUP).map((word) => `'${word}'`).join(" ");
  const mount = `mkdir -p ${at}/state && mount -t tmpfs -o ${options} none ${at}/state`;
  const lines = ["set -e", mount, `cd ${at}`, script, `exec ${words}`].join("\n");
  return await run("unshare", ["--mount", "--propagation", "private", "sh", "-c", lines]);
}

const FILL = "dd if=/dev/zero of=state/full bs=4k 2> /dev/null || true";

const isRoot = Deno.uid() === 0;

if (isRoot) {
  foreignTest(
    ["unshare"],
    "with a full disk under the state directory, backup exits with 1 and a hint, and stores no snapshot",
    () =>
      withSetup(async (at) => {
        const { code, stderr } = await onDisk(at, FILL);
        assert.equal(code, 1, stderr);
        assert.match(stderr, /error: .*No space left on device[\s\S]*hint: /);
        assert.doesNotMatch((await listed(at)).join(), /snapshot|damaged/);
      }),
  );

  foreignTest(
    ["unshare"],
    "with space for the lock, the key and the chain only, backup sends everything, and the next run knows of it",
    () =>
      withSetup(async (at) => {
        const spare =
          `mkdir -p state/${HOST}; touch state/${HOST}/lock; head -c 16384 /dev/zero > state/spare`;
        const once = `${commandLine(BACKUP).map((word) => `'${word}'`).join(" ")} 2> first`;
        const { code, stderr } = await onDisk(
          at,
          `${spare}; ${FILL}; rm state/spare; ${once}; rm state/full`,
        );
        assert.equal(code, 0, stderr);
        const first = Deno.readTextFileSync(`${at}/first`);
        assert.match(first, /warning: Everything is re-sent: .*full/);
        assert.match(
          first,
          /warning: The snapshot is stored, but this host could not remember it: Cannot write ".*": No space left/,
        );
        const { code: verdict, text } = await nightdrop(["verify"], { cwd: at });
        assert.equal(verdict, 0);
        assert.match(text, /^web1\.example\.org: good: 2 snapshots/m);
        assert.doesNotMatch(text, /chain|missing/);
      }),
  );

  foreignTest(
    ["unshare"],
    "with any amount of free space for the state, a run stores a snapshot, or names the file and sends nothing",
    () =>
      withSetup(async (at) => {
        let failed = 0;
        for (const size of [4, 8, 12, 16, 24, 64]) {
          const before =
            (await run("find", ["store", "-type", "f", "-not", "-name", MARKER], { cwd: at })).text;
          const { code, stderr } = await onDisk(at, ":", `size=${size}k`);
          const after =
            (await run("find", ["store", "-type", "f", "-not", "-name", MARKER], { cwd: at })).text;
          if (code === 0) assert.match(stderr, size < 64 ? /warning: / : /./);
          else {
            failed += 1;
            assert.match(
              stderr,
              /error: Cannot \w+ ".*\/state\/.*": No space left.*\nhint: Free space on its disk: `df/,
            );
            assert.equal(after, before, "something was sent");
          }
        }
        assert.ok(failed > 0 && failed < 6);
      }),
  );

  foreignTest(
    ["unshare"],
    "with a nearly full disk a backup warns and is stored",
    () =>
      withSetup(async (at) => {
        const { code, stderr } = await onDisk(at, ":", "size=8m");
        assert.equal(code, 0, stderr);
        assert.match(stderr, /warning: Only [78] MiB are left on the disk of the state directory/);
      }),
  );

  foreignTest(
    ["unshare"],
    "with a read-only state directory, backup exits with 1 and a hint, and stores no snapshot",
    () =>
      withSetup(async (at) => {
        for (
          const script of [`mkdir state/${HOST}; mount -o remount,ro state`, "mount -o remount,ro state"]
        ) {
          const { code, stderr } = await onDisk(at, script);
          assert.equal(code, 1, stderr);
          assert.match(stderr, /error: .*Read-only file system[\s\S]*hint: .*state/);
        }
        assert.deepEqual(await listed(at), []);
      }),
  );
}

foreignTest(
  ["faketime"],
  "a backup with a clock two days off is stored with a warning, and verify reports damage",
  () =>
    withSetup(async (at) => {
      const ran = await run("faketime", ["+2 days", ...commandLine(BACKUP)], { cwd: at });
      assert.equal(ran.code, 0, ran.stderr);
      assert.match(ran.stderr, /warning: This host's clock is 48 hours ahead of the store's: set it, by NTP/);
      const { code, text } = await nightdrop(["verify"], { cwd: at });
      assert.equal(code, 4);
      assert.match(text, /damage: .* The host says it ended 48\.0 hours after the store took it/);
    }),
);

Deno.test("after a dump fails half-way, backup stores the rest and exits with 3, and restore has no part of the dump", () =>
  withSetup(
    async (at) => {
      const stored = await nightdrop(BACKUP, { cwd: at, ...GRANT });
      assert.equal(stored.code, 3);
      assert.match(stored.text, /^Stored INCOMPLETE \(1 path could not be read\)/);
      assert.match(stored.stderr, /dump db\.sql: disk on fire\n/);
      assert.match(
        stored.stderr,
        /warning: unread: \/nightdrop-dumps\/db\.sql: "sh" ended with exit code 7\. Its last lines/,
      );
      await verified(at);
      const restored = await nightdrop(["restore", "latest", "--to", "back", ...IDENTITY], { cwd: at });
      assert.equal(restored.code, 0, restored.stderr);
      assert.throws(() => Deno.statSync(`${at}/back/nightdrop-dumps`), Deno.errors.NotFound);
    },
    "",
    `partSize: "64 KiB",
    dumps: [{ name: "db.sql", command: ["sh", "-c", "head -c 300000 /dev/urandom; echo disk on fire >&2; exit 7"] }],`,
  ));

Deno.test("a backup whose ping cannot be sent is stored with a warning", () =>
  withListener(({ url, heard }) =>
    withSetup(
      async (at) => {
        const { code, stderr } = await nightdrop(BACKUP, { cwd: at, env: { PING: `${url}/hunter2` } });
        assert.equal(code, 0, stderr);
        assert.match(stderr, /warning: The ping could not be sent: 127\.0\.0\.1:\d+: answered 404/);
        assert.doesNotMatch(stderr, /hunter2/);
        assert.equal(heard.length, 2);
      },
      "",
      'notify: { ping: { env: "PING" } },',
    ), () => new Response("", { status: 404 })));

/** Proxy that cuts the connection after some requests, and restores it after a number of refused requests. */
function withCuts<T>(
  port: number,
  { after, refuse }: { after: number; refuse: number },
  body: (port: number, refusals: () => number) => Promise<T>,
): Promise<T> {
  let [passed, refused] = [0, 0];
  const serve = (client: Socket): void => {
    if (passed >= after && refused < refuse) {
      refused += 1;
      return void client.resetAndDestroy();
    }
    passed += 1;
    const server = connect(port, "127.0.0.1");
    server.on("error", () => client.destroy());
    client.pipe(server).pipe(client);
    client.on("close", () => server.destroy());
  };
  return withServer(serve, (own) => body(own, () => refused));
}

/** The environment and the config of a host with a bucket. */
function useBucket(at: string, { bucket, region, endpoint, credentials }: S3Options): Record<string, string> {
  const file = `${at}/backup.config.ts`;
  const store = JSON.stringify({ kind: "s3", bucket, region, endpoint });
  Deno.writeTextFileSync(file, Deno.readTextFileSync(file).replace(/store: \{.*?\}/, `store: ${store}`));
  const { accessKeyId, secretAccessKey } = credentials;
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey.reveal() };
}

rgwTest(
  "a run continues after the network failed and came back",
  (rgw) =>
    withSetup(
      async (at, source) => {
        const { host, trusted } = await newBucket(rgw);
        await must("sh", ["-c", `head -c 2000000 /dev/urandom > ${source}/large`]);
        const port = Number(new URL(rgw.endpoint).port);
        await withCuts(port, { after: 5, refuse: 8 }, async (cut, refusals) => {
          const env = useBucket(at, { ...host, endpoint: `http://127.0.0.1:${cut}` });
          const stored = await nightdrop([...BACKUP, "--max-duration", "10min"], { cwd: at, env });
          assert.equal(stored.code, 0, stored.stderr);
          assert.equal(refusals(), 8);
          const again = stored.stderr.split("\n").filter((line) => /; retrying/.test(line));
          assert.ok(again.length >= 1 && again.length <= 3, stored.stderr);
        });
        await verified(at, useBucket(at, trusted));
      },
      "",
      'partSize: "64 KiB",',
    ),
);

rgwTest(
  "with S3 and a clock two days off, backup exits with 1 and names the clock",
  (rgw) =>
    withSetup(async (at) => {
      assert.ok(has("faketime"), "faketime is missing: apt-get install faketime");
      const env = useBucket(at, (await newBucket(rgw)).host);
      const { code, stderr } = await run("faketime", ["+2 days", ...commandLine(BACKUP)], { cwd: at, env });
      assert.equal(code, 1, stderr);
      assert.match(stderr, /error: .*clock[\s\S]*hint: /);
    }),
);

rgwTest(
  "with credentials that the store refuses, backup exits with 1 at the first part",
  (rgw) =>
    withSetup(async (at) => {
      const { host } = await newBucket(rgw);
      const env = { ...useBucket(at, host), AWS_SECRET_ACCESS_KEY: "somebody-else" };
      const { code, stderr } = await nightdrop(BACKUP, { cwd: at, env });
      assert.equal(code, 1, stderr);
      assert.match(stderr, /error: .*\nhint: /);
      assert.doesNotMatch(stderr, /retrying/);
    }),
);
