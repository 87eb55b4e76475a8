import assert from "node:assert/strict";
import { backup } from "../../lib/backup/backup.ts";
import type { Dump, Host } from "../../lib/config/types.ts";
import { besideDumps } from "../../lib/backup/dumps.ts";
import { files } from "../../lib/snapshots/files.ts";
import type { Entry } from "../../lib/model/entry.ts";
import { Damage, Interrupted, Misuse } from "../../lib/model/failure.ts";
import { Packer } from "../../lib/model/pack.ts";
import { contentOf } from "../../lib/model/receipt.ts";
import { StoreError } from "../../lib/store/contract.ts";
import { readVolume } from "../../lib/snapshots/volume_contents.ts";
import { directory, file } from "../source/tree.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { bash, foreignTest } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { ends, isAlive } from "../support/processes.ts";

const TREE = directory({ a: file("a") });

function dump(name: string, script: string, user?: string): Dump {
  return { name, command: ["bash", "-c", script], user, timeLimit: 60_000 };
}

/** Bytes that cannot be compressed, the same each time: enough for several parts. */
const NOISE = "openssl enc -aes-128-ctr -nosalt -K 00 -iv 00 -in /dev/zero 2> /dev/null | head -c 1000000";

async function noise(): Promise<Uint8Array> {
  return (await bash(`${NOISE} || true`)).stdout; // openssl minds that head goes away
}

async function listed(scenario: Scenario): Promise<string[]> {
  const paths: string[] = [];
  for await (
    const { path } of files(
      await scenario.snapshot(),
      [],
      scenario.store.reader,
      scenario.identities,
      scenario.run,
    )
  ) {
    paths.push(path);
  }
  return paths;
}

function troubles(scenario: Scenario): string[] {
  return scenario.events.flatMap((it) =>
    it.event === "trouble" ? [`${it.kind} ${it.path} ${it.reason}`] : []
  );
}

/** Verifies to the bottom, and gives what was found. */
async function verified(scenario: Scenario): Promise<unknown[]> {
  return (await scenario.verify({ identities: scenario.identities })).findings;
}

foreignTest(
  ["openssl"],
  "a dump of any length is restored to a file of its own, as its command wrote it",
  () =>
    withScenario(TREE, async (scenario) => {
      const result = await scenario.backup();
      assert.deepEqual([result.unread, result.entries], [0, 5]);
      assert.deepEqual((await listed(scenario)).slice(0, 3), [
        "nightdrop-dumps/large",
        "nightdrop-dumps/small.sql",
        "nightdrop-dumps/empty",
      ]);
      const { receipt } = await scenario.snapshot();
      assert.deepEqual(receipt.volumes.map(contentOf), ["stream", "stream", "stream", "tar"]);
      assert.ok(receipt.volumes[0]!.parts.length > 5);
      assert.equal(receipt.volumes[0]!.plain, 1_000_000);
      assert.deepEqual(await verified(scenario), []);
      await scenario.restore();
      const back = `${scenario.directory}/back/nightdrop-dumps`;
      assert.deepEqual(Deno.readFileSync(`${back}/large`), await noise());
      assert.equal(Deno.readTextFileSync(`${back}/small.sql`), "SELECT 1;\n");
      assert.equal(Deno.statSync(`${back}/empty`).size, 0);
      assert.equal(Deno.statSync(`${back}/large`).mode! & 0o777, 0o600);
      assert.ok(
        scenario.events.some((it) => it.event === "warning" && it.text === "The dump empty is empty"),
      );
    }, { dumps: [dump("large", NOISE), dump("small.sql", "echo 'SELECT 1;'"), dump("empty", "true")] }),
);

Deno.test("only the selected dump is restored", () =>
  withScenario(TREE, async (scenario) => {
    await scenario.backup();
    await scenario.restore({ globs: ["/nightdrop-dumps/b"] });
    const names = [...Deno.readDirSync(`${scenario.directory}/back/nightdrop-dumps`)].map(({ name }) => name);
    assert.deepEqual(names, ["b"]);
  }, { dumps: [dump("a", "echo a"), dump("b", "echo b")] }));

foreignTest(
  ["openssl"],
  "a dump that fails half-way makes the snapshot incomplete, and its stored beginning is not restored",
  () =>
    withScenario(TREE, async (scenario) => {
      const result = await scenario.backup();
      assert.deepEqual([result.unread, result.entries], [1, 3]);
      assert.deepEqual(troubles(scenario), [
        'unread /nightdrop-dumps/half "bash" ended with exit code 9. Its last lines: disk on fire',
      ]);
      assert.deepEqual((await listed(scenario)).slice(0, 1), ["nightdrop-dumps/good"]);
      const { receipt } = await scenario.snapshot();
      const [half, good] = receipt.volumes;
      assert.deepEqual([half!.entries, half!.plain, good!.entries], [0, 0, 1]);
      assert.ok(half!.parts.length > 5, "it was half-way");
      assert.deepEqual(await verified(scenario), []);
      assert.equal((await scenario.restore()).lost, 0);
      assert.deepEqual(
        [...Deno.readDirSync(`${scenario.directory}/back/nightdrop-dumps`)].map(({ name }) => name),
        [
          "good",
        ],
      );
    }, { dumps: [dump("half", `${NOISE}; echo disk on fire >&2; exit 9`), dump("good", "echo good")] }),
);

foreignTest(
  ["gpg"],
  "gpg refuses the beginning of a dump as an incomplete message",
  () =>
    withScenario(TREE, async (scenario) => {
      await scenario.backup();
      const { id, receipt } = await scenario.snapshot();
      await withDirectory(async (home) => {
        for (const { name } of receipt.volumes[0]!.parts) {
          Deno.writeFileSync(
            `${home}/${name}`,
            scenario.store.objects.get(`${scenario.host.name}/${id}/${name}`)!.bytes,
          );
        }
        const env = { GNUPGHOME: home };
        Deno.chmodSync(home, 0o700);
        await bash(`gpg --batch --quiet --import ${scenario.privateFile}`, { env });
        await assert.rejects(bash("cat 000001.* | gpg --batch --quiet --decrypt > half", { env, cwd: home }));
        await bash("gpgconf --kill all", { env });
      });
    }, { dumps: [dump("half", `${NOISE}; exit 1`)] }),
);

Deno.test("a dump that writes nothing and fails leaves nothing behind", () =>
  withScenario(TREE, async (scenario) => {
    assert.equal((await scenario.backup()).unread, 3);
    const { receipt } = await scenario.snapshot();
    assert.deepEqual(receipt.volumes.map(({ number, entries }) => [number, entries]), [[1, 2]]);
    assert.match(troubles(scenario).join("\n"), /no-such-program": the program does not exist/);
    assert.match(troubles(scenario).join("\n"), /Cannot find the user "nobody-at-all"/);
    assert.deepEqual(await verified(scenario), []);
  }, {
    dumps: [
      dump("a", "exit 1"),
      { name: "b", command: ["no-such-program"], user: undefined, timeLimit: 60_000 },
      dump("c", "echo c", "nobody-at-all"),
    ],
  }));

Deno.test("a small dump that fails at its very end is not stored at all", () =>
  withScenario(TREE, async (scenario) => {
    await scenario.backup();
    const { receipt } = await scenario.snapshot();
    assert.deepEqual(receipt.volumes.map(contentOf), ["tar"]);
  }, { dumps: [dump("a", "echo 'CREATE TABLE'; exit 1")] }));

Deno.test({
  name: "a dump runs as its user, with the home directory of that user",
  ignore: Deno.uid() !== 0,
  fn: () =>
    withScenario(TREE, async (scenario) => {
      assert.equal((await scenario.backup()).unread, 0);
      await scenario.restore();
      assert.equal(
        Deno.readTextFileSync(`${scenario.directory}/back/nightdrop-dumps/who`),
        "65534 /nonexistent who web1.example.org\n",
      );
    }, { dumps: [dump("who", "echo $(id -u) $HOME $NIGHTDROP_DUMP $NIGHTDROP_HOST", "nobody")] }),
});

/** A command that gives without end, and where it says its process id. */
function endless(scenario: Scenario): { dumps: Host["dumps"]; pid: () => number } {
  const at = `${scenario.directory}/pid`;
  return {
    dumps: [dump("endless", `echo $$ > ${at}; exec cat /dev/urandom`)],
    pid: () => Number(Deno.readTextFileSync(at)),
  };
}

Deno.test("a store that fails ends the command of a dump, and there is no snapshot", () =>
  withScenario(TREE, async (scenario) => {
    const { dumps, pid } = endless(scenario);
    let puts = 0;
    const put = (): Promise<undefined> =>
      ++puts < 3 ? Promise.resolve(undefined) : Promise.reject(new StoreError("denied", "closed"));
    await assert.rejects(
      backup({ ...scenario.host, dumps }, { ...scenario.store.writer, put }, scenario.run),
      StoreError,
    );
    assert.ok(await ends(pid()));
  }));

Deno.test("a run that is interrupted ends the command of a dump, and there is no snapshot", () =>
  withScenario(TREE, async (scenario) => {
    const { dumps, pid } = endless(scenario);
    const controller = new AbortController();
    const put: typeof scenario.store.writer.put = async (...args) => {
      controller.abort(new Interrupted());
      return await scenario.store.writer.put(...args);
    };
    const run = { ...scenario.run, signal: controller.signal };
    await assert.rejects(
      backup({ ...scenario.host, dumps }, { ...scenario.store.writer, put }, run),
      Interrupted,
    );
    assert.ok(await ends(pid()));
    await assert.rejects(scenario.snapshot(), Misuse);
  }));

Deno.test("a command that does not end is ended by the signal of the run", () =>
  withScenario(TREE, async (scenario) => {
    const controller = new AbortController();
    const host = { ...scenario.host, dumps: [dump("slow", "echo ready >&2; exec sleep 60")] };
    const report: typeof scenario.run.report = (event) => {
      if (event.event === "output") controller.abort(new Interrupted());
    };
    await assert.rejects(
      backup(host, scenario.store.writer, { ...scenario.run, report, signal: controller.signal }),
      Interrupted,
    );
  }));

Deno.test("an interrupted run ends what a command has started, and does not wait for what left its process group", () =>
  withScenario(TREE, async (scenario) => {
    const controller = new AbortController();
    const host = {
      ...scenario.host,
      dumps: [
        dump(
          "slow",
          // The sixth field is the session, proc_pid_stat(5).
          "sleep 60 & other=$!; setsid sleep 60 & last=$!; " +
            'until [ "$(cut -d" " -f6 /proc/$last/stat)" = $last ]; do sleep 0.01; done; ' +
            "echo $other $last >&2; wait",
        ),
      ],
    };
    let started: number[] = [];
    const report: typeof scenario.run.report = (event) => {
      if (event.event !== "output") return;
      started = event.text.split(" ").map(Number);
      controller.abort(new Interrupted());
    };
    await assert.rejects(
      backup(host, scenario.store.writer, { ...scenario.run, report, signal: controller.signal }),
      Interrupted,
    );
    const [member, stranger] = started;
    assert.ok(await ends(member!));
    assert.ok(await isAlive(stranger!), "it holds the pipe");
    Deno.kill(stranger!, "SIGKILL");
  }));

Deno.test("a tree in the place of dumps is reported, and left out only if there are dumps", () =>
  withScenario(TREE, (scenario) => {
    const at = (path: string): { path: string; file: string } => ({ path, file: `/${path}` });
    const entries = [
      "etc",
      "nightdrop-dumps",
      "nightdrop-dumps/a",
      "nightdrop-dumps.old",
      "srv/nightdrop-dumps",
    ].map(at);
    const reported: string[] = [];
    const kept = (dumps: Host["dumps"]): string[] =>
      // deno-lint-ignore no-explicit-any
      [...besideDumps(entries as any[], { ...scenario.host, dumps }, ({ kind, path }) =>
        reported.push(`${kind} ${path}`))]
        .map((it) =>
          it!.path
        );
    assert.equal(kept([]).length, 5);
    assert.deepEqual(kept([dump("a", "true")]), ["etc", "nightdrop-dumps.old", "srv/nightdrop-dumps"]);
    assert.deepEqual(reported, ["unread /nightdrop-dumps", "unread /nightdrop-dumps/a"]);
    return Promise.resolve();
  }));

Deno.test("a host that lists something else than a file for a dump, or another size, is distinguished from a good one", async () => {
  const line: Entry = {
    path: "nightdrop-dumps/a",
    type: "file",
    size: 5,
    mode: 0o600,
    uid: 0,
    gid: 0,
    user: "root",
    group: "root",
    mtime: 0,
  };
  const lies: Entry[][] = [
    [],
    [{ ...line, size: 4 }],
    [{ ...line, type: "directory", size: 0 }],
    [{ ...line, type: "symlink", size: 0, link: "/etc/passwd" }],
  ];
  const untouched = {
    ask: () => Promise.reject(new Error("it was opened")),
    report: () => {},
    pause: () => Promise.resolve(),
  };
  for (const lie of lies) {
    const packer = new Packer();
    for (const entry of lie) packer.add(entry);
    const entries = packer.packed();
    const order = { number: 1, content: "stream", plain: 5, parts: 1, entries, compression: "none" } as const;
    await assert.rejects(
      readVolume({ ...order, making: undefined }, untouched),
      (error) => error instanceof Damage && /is a dump, which is not what the index says/.test(error.message),
    );
  }
});
