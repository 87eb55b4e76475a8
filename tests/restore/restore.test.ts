import assert from "node:assert/strict";
import { backup } from "../../lib/backup/backup.ts";
import { Damage, Failure, Interrupted } from "../../lib/model/failure.ts";
import { type GetOptions, StoreError } from "../../lib/store/contract.ts";
import { assertSameTree, assertTree, directory, file, hardlink, symlink } from "../source/tree.ts";
import { makeScenario, restoredSource, type Scenario, withScenario } from "../support/scenario.ts";
import { noise, sampleTree } from "../support/sample_tree.ts";

for (const compression of [{ kind: "zstd", level: 3 }, { kind: "gzip" }, { kind: "none" }] as const) {
  Deno.test(`a tree is restored as it was: ${compression.kind}`, () =>
    withScenario(sampleTree(), async (scenario) => {
      const { entries } = await scenario.backup();
      const result = await scenario.restore();
      assertSameTree(restoredSource(scenario), scenario.source);
      assert.deepEqual({ ...result, bytes: 0 }, {
        entries,
        bytes: 0,
        lost: 0,
        unreadable: 0,
        notes: [],
        unmatched: [],
      });
      assert.deepEqual(
        Deno.readDirSync(`${scenario.directory}/back`).toArray().length,
        1,
        "nothing else is left in the target",
      );
    }, { compression }));
}

Deno.test("several volumes at a time give the same tree", () =>
  withScenario(sampleTree(), async (scenario) => {
    const { entries } = await scenario.backup();
    const result = await scenario.restore({ jobs: 3 });
    assertSameTree(restoredSource(scenario), scenario.source);
    assert.equal(result.entries, entries);
    assert.equal(result.bytes, (await scenario.snapshot()).receipt.bytes);
    assert.deepEqual((await scenario.verify({ jobs: 3, identities: scenario.identities })).findings, []);
  }));

Deno.test("globs restore what they select, and the directories above it as they were", () =>
  withScenario(sampleTree(), async (scenario) => {
    await scenario.backup();
    const { entries } = await scenario.restore({ globs: ["*.conf"] });
    assert.equal(entries, 1);
    assertTree(
      restoredSource(scenario),
      directory({
        sub: directory({
          deep: directory({
            deeper: directory({ "file.conf": file("key = value\n") }, {
              mode: 0o755,
              mtime: 1_111_111_111_111,
            }),
          }),
        }, { mode: 0o2750, mtime: 1_234_567_890_123 }),
      }),
    );
  }));

Deno.test("a glob that names a directory selects everything below it", () =>
  withScenario(sampleTree(), async (scenario) => {
    await scenario.backup();
    await scenario.restore({ globs: [`${scenario.source}/sub/deep`] });
    assert.equal(
      Deno.readTextFileSync(`${restoredSource(scenario)}/sub/deep/deeper/file.conf`),
      "key = value\n",
    );
    assert.throws(() => Deno.statSync(`${restoredSource(scenario)}/a.txt`), Deno.errors.NotFound);
  }));

Deno.test("a selected hard link also restores its file, from another volume too", () =>
  withScenario(sampleTree(), async (scenario) => {
    await scenario.backup();
    await scenario.restore({ globs: ["zz hard"] });
    const [link, first] = ["sub/zz hard", "big.bin"].map((name) =>
      Deno.statSync(`${restoredSource(scenario)}/${name}`)
    );
    assert.equal(link!.ino, first!.ino);
    assert.deepEqual(Deno.readFileSync(`${restoredSource(scenario)}/sub/zz hard`), noise(200_000));
    assert.ok(scenario.events.some((event) => event.event === "note" && /^also restored: /.test(event.text)));
  }));

Deno.test("a glob that selects nothing is a failure that names it", () =>
  withScenario(directory({ a: file("a") }), async (scenario) => {
    await scenario.backup();
    await assert.rejects(
      scenario.restore({ globs: ["*.none"] }),
      (error) => error instanceof Failure && /matches "\*\.none"/.test(error.message),
    );
    assert.throws(() => Deno.statSync(`${scenario.directory}/back`), Deno.errors.NotFound);
  }));

Deno.test("an older snapshot is restored by a prefix of its id", () =>
  withScenario(directory({ a: file("before"), gone: file("x") }), async (scenario) => {
    const { snapshot } = await scenario.backup();
    Deno.removeSync(`${scenario.source}/gone`);
    Deno.writeTextFileSync(`${scenario.source}/a`, "after");
    await scenario.backup();
    await scenario.restore({ target: `${scenario.directory}/new` });
    assertTree(restoredSource(scenario, `${scenario.directory}/new`), directory({ a: file("after") }));
    await scenario.restore({ target: `${scenario.directory}/old` }, snapshot.slice(0, -4));
    assertTree(
      restoredSource(scenario, `${scenario.directory}/old`),
      directory({ a: file("before"), gone: file("x") }),
    );
  }));

Deno.test("existing files are overwritten only with --overwrite, and nothing is fetched before this is checked", () =>
  withScenario(directory({ a: file("stored"), b: file("stored too") }), async (scenario) => {
    await scenario.backup();
    const there = restoredSource(scenario);
    Deno.mkdirSync(there, { recursive: true });
    Deno.writeTextFileSync(`${there}/a`, "mine");
    await assert.rejects(
      scenario.restore(),
      (error) => error instanceof Failure && error.message.includes("/a") && /--overwrite/.test(error.hint!),
    );
    assertTree(there, directory({ a: file("mine") }));
    await scenario.restore({ overwrite: true });
    assertTree(there, directory({ a: file("stored"), b: file("stored too") }));
  }));

Deno.test("a target that is a file is refused, with what to do instead, and stays as it is", () =>
  withScenario(directory({ a: file("stored") }), async (scenario) => {
    await scenario.backup();
    const target = `${scenario.source}/a`;
    await assert.rejects(
      scenario.restore({ target }),
      (error) =>
        error instanceof Failure && /is not a directory$/.test(error.message) &&
        /Name another/.test(error.hint!),
    );
    assert.equal(Deno.readTextFileSync(target), "stored");
  }));

for (const jobs of [1, 3]) {
  const title =
    "a damaged volume loses its own entries and no others, each is reported, and hard links to it are lost with it";
  Deno.test(`${title}: ${jobs} at a time`, () =>
    withScenario(
      directory({
        a: file(noise(60_000, 1)),
        b: file(noise(60_000, 2)),
        c: hardlink("b"),
        d: symlink("b"),
        e: file("e"),
      }),
      async (scenario) => {
        await scenario.backup();
        const { receipt } = await scenario.snapshot();
        const victim = [...scenario.store.objects.keys()].find((key) => key.includes("/000002."))!;
        scenario.store.objects.get(victim)!.bytes[1000]! ^= 1;
        const result = await scenario.restore({ jobs });
        assert.equal(receipt.volumes.length, 3);
        assert.equal(result.lost, 2);
        assertTree(
          restoredSource(scenario),
          directory({ a: file(noise(60_000, 1)), d: symlink("b"), e: file("e") }),
        );
        const reported = scenario.events.flatMap((event) =>
          event.event === "trouble" ? [event.path.split("/").at(-1)] : []
        );
        assert.deepEqual(reported, ["b", "c"]);
      },
    ));
}

Deno.test("a later part of a large file that is damaged leaves nothing of the file", () =>
  withScenario(directory({ a: file("small"), big: file(noise(300_000)) }), async (scenario) => {
    await scenario.backup();
    const last = [...scenario.store.objects.keys()].filter((key) => key.includes("/000002.")).sort().at(-1)!;
    scenario.store.objects.delete(last);
    const { lost } = await scenario.restore();
    assert.equal(lost, 1);
    assertTree(restoredSource(scenario), directory({ a: file("small") }));
  }));

Deno.test("a snapshot without a good index is not restored at all", () =>
  withScenario(sampleTree(), async (scenario) => {
    await scenario.backup();
    const index = [...scenario.store.objects.keys()].find((key) => key.includes("/index."))!;
    scenario.store.objects.delete(index);
    await assert.rejects(scenario.restore(), Damage);
    assert.throws(() => Deno.statSync(`${scenario.directory}/back`), Deno.errors.NotFound);
  }));

Deno.test("latest skips a damaged receipt and reports it", () =>
  withScenario(directory({ a: file("a") }), async (scenario) => {
    const first = await scenario.backup();
    const second = await scenario.backup();
    const key = [...scenario.store.objects.keys()].find((it) => it.includes(`${second.snapshot}/receipt-`))!;
    scenario.store.objects.get(key)!.bytes[100]! ^= 1;
    assert.equal((await scenario.snapshot()).id, first.snapshot);
  }));

Deno.test("snapshots of another host are not restored for this one", () =>
  withScenario(directory({ a: file("a") }), async (scenario) => {
    const other = await makeScenario(
      scenario.directory,
      { ...scenario.host, name: "web2.example.org" },
      scenario.store,
    );
    await backup(other.host, other.store.writer, other.run);
    await assert.rejects(scenario.snapshot(), /There is no snapshot of web1/);
  }));

/** A drill that has a restore fail by `fail` at the first part of a volume with that number. */
async function failing(scenario: Scenario, volume: number, fail: () => Error): Promise<Scenario> {
  const reader = {
    ...scenario.store.reader,
    get(name: string, options: GetOptions): Promise<Uint8Array<ArrayBuffer>> {
      if (name.includes(`/00000${volume}.`)) return Promise.reject(fail());
      return scenario.store.reader.get(name, options);
    },
  };
  return await makeScenario(scenario.directory, scenario.host, { ...scenario.store, reader });
}

/** The volumes that a restore fetches. */
async function fetched(
  scenario: Scenario,
  options: { jobs: number; globs?: string[] },
): Promise<Set<string>> {
  const volumes = new Set<string>();
  const reader = {
    ...scenario.store.reader,
    get(name: string, options: GetOptions): Promise<Uint8Array<ArrayBuffer>> {
      const [, volume] = /\/(\d{6})\./.exec(name) ?? [];
      if (volume !== undefined) volumes.add(volume);
      return scenario.store.reader.get(name, options);
    },
  };
  await (await makeScenario(scenario.directory, scenario.host, { ...scenario.store, reader })).restore(
    options,
  );
  return volumes;
}

function namesIn(directory: string): string[] {
  return Deno.readDirSync(directory).map(({ name }) => name).toArray().sort();
}

/** Five volumes of a file each, and one of the rest. */
const FIVE = directory({
  ...Object.fromEntries(
    [1, 2, 3, 4, 5].map((n) => [`f${n}`, file(noise(60_000, n), { mtime: 1_234_567_890_123 })]),
  ),
  hard: hardlink("f1"),
  link: symlink("f2"),
  locked: directory({ empty: directory({}) }, { mode: 0o500 }),
});

const ENDS = {
  "the network is away": (): Error => new StoreError("unreachable", "the cable is cut"),
  "it is interrupted": (): Error => new Interrupted(),
  "the disk is full": (): Error => new Failure("Cannot write: No space left on device"),
} as const;

for (const jobs of [1, 3]) {
  for (const [why, fail] of Object.entries(ENDS)) {
    Deno.test(`complete volumes are kept when ${why}, and the next restore fetches the rest: ${jobs} at a time`, () =>
      withScenario(FIVE, async (scenario) => {
        await scenario.backup();
        assert.equal((await scenario.snapshot()).receipt.volumes.length, 6);
        const stopped = await failing(scenario, 5, fail);
        await assert.rejects(stopped.restore({ jobs }), (error) => (error as Error).name === fail().name);
        const [stage, record] = namesIn(`${scenario.directory}/back`);
        assert.match(stage!, /^\.nightdrop-restore-/);
        assert.equal(record, `${stage}.done`);
        const warnings = stopped.events.flatMap((it) => it.event === "warning" ? [it.text] : []);
        assert.match(
          warnings.join("\n"),
          new RegExp(`is kept in ".*/${stage}".*same command.*rm -rf .*${stage}`),
        );
        const rest = await fetched(scenario, { jobs });
        assert.ok(rest.has("000005") && rest.size <= jobs, [...rest].join());
        assertSameTree(restoredSource(scenario), scenario.source);
        assert.equal(namesIn(`${scenario.directory}/back`).length, 1, "nothing else is left in the target");
      }));
  }
}

Deno.test("a restore that ends before anything is complete leaves the target as it was", () =>
  withScenario(FIVE, async (scenario) => {
    await scenario.backup();
    await assert.rejects(
      (await failing(scenario, 1, ENDS["the network is away"])).restore(),
      /the cable is cut/,
    );
    assert.throws(() => Deno.statSync(`${scenario.directory}/back`), Deno.errors.NotFound);
  }));

Deno.test("stages of another restore are reported with the command that removes them, and not touched", () =>
  withScenario(FIVE, async (scenario) => {
    await scenario.backup();
    await assert.rejects((await failing(scenario, 5, ENDS["it is interrupted"])).restore());
    const left = namesIn(`${scenario.directory}/back`);
    for (const globs of [["f1"], ["f2"]]) {
      await scenario.restore({ globs, overwrite: true });
      const [warning] = scenario.events.splice(0).flatMap((it) => it.event === "warning" ? [it.text] : []);
      assert.match(
        warning!,
        new RegExp(`${left[0]}" holds decrypted files.*rm -rf .*${left[0]} .*${left[1]}`),
      );
    }
    assert.deepEqual(namesIn(`${scenario.directory}/back`).slice(0, 2), left);
    const target = `${scenario.directory}/other`;
    Deno.mkdirSync(`${target}/.nightdrop-restore-0123456789abcdef`, { recursive: true });
    await scenario.restore({ target });
    assert.match(JSON.stringify(scenario.events), /0123456789abcdef\\" holds decrypted files/);
  }));

Deno.test("files that changed in the stage are fetched again", () =>
  withScenario(FIVE, async (scenario) => {
    await scenario.backup();
    await assert.rejects((await failing(scenario, 5, ENDS["it is interrupted"])).restore());
    const [stage, record] = namesIn(`${scenario.directory}/back`).map((name) =>
      `${scenario.directory}/back/${name}`
    );
    const staged = `${stage}${scenario.source}`;
    Deno.truncateSync(`${staged}/f1`, 100);
    Deno.removeSync(`${staged}/f2`);
    Deno.writeTextFileSync(`${staged}/f3`, "x".repeat(60_000));
    Deno.symlinkSync("../../secret", `${staged}/f5`);
    Deno.writeTextFileSync(record!, '{"volume":"half a li', { append: true });
    const rest = await fetched(scenario, { jobs: 1 });
    assert.deepEqual([...rest].sort(), ["000001", "000002", "000003", "000005"]);
    assertSameTree(restoredSource(scenario), scenario.source);
  }));

Deno.test("a stage that a running restore uses is neither taken nor named", () =>
  withScenario(FIVE, async (scenario) => {
    await scenario.backup();
    await assert.rejects((await failing(scenario, 5, ENDS["it is interrupted"])).restore());
    const [, record] = namesIn(`${scenario.directory}/back`);
    using held = Deno.openSync(`${scenario.directory}/back/${record}`, { read: true, write: true });
    held.lockSync(true);
    assert.ok((await fetched(scenario, { jobs: 1 })).size >= 5);
    assert.doesNotMatch(JSON.stringify(scenario.events), /holds decrypted files/);
  }));

Deno.test("a path that is too long for the target is lost alone and named", () =>
  withScenario(directory({ precious: file("precious") }), async (scenario) => {
    const deep = Array.from({ length: 36 }, () => "d".repeat(100)).join("/");
    Deno.mkdirSync(`${scenario.source}/${deep}`, { recursive: true });
    Deno.writeTextFileSync(`${scenario.source}/${deep}/f`, "deep");
    await scenario.backup();
    const target = `${scenario.directory}/${"t".repeat(250)}/${"t".repeat(250)}`;
    const { entries, lost } = await scenario.restore({ target });
    assert.equal(Deno.readTextFileSync(`${restoredSource(scenario, target)}/precious`), "precious");
    const named = scenario.events.flatMap((it) => it.event === "trouble" ? [it.path] : []);
    assert.ok(named.some((path) => path.endsWith("/f")), "the file is named");
    assert.equal(named.length, lost);
    assert.equal(entries + lost, (await scenario.snapshot()).receipt.entries);
  }));
