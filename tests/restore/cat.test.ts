import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { DAY_MS } from "../../lib/model/day.ts";
import { DUMP_DIRECTORY } from "../../lib/model/entry.ts";
import { Damage, Failure } from "../../lib/model/failure.ts";
import { cat } from "../../lib/restore/cat.ts";
import type { StoreReader } from "../../lib/store/contract.ts";
import type { Item } from "../archive/making.ts";
import { directory, file, hardlink, symlink } from "../source/tree.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { forgeTree } from "../support/forged_tree.ts";
import { type Life, Mischief, withLife } from "../support/life.ts";
import { noise, sampleTree } from "../support/sample_tree.ts";

/** Returns what `cat` yields, also if it throws. */
async function printed(
  scenario: Pick<Scenario, "snapshot" | "identities" | "run" | "store">,
  paths: string[],
  { id = "latest", reader = scenario.store.reader }: { id?: string; reader?: StoreReader } = {},
): Promise<{ bytes: Buffer; error: unknown }> {
  const pieces: Uint8Array[] = [];
  let error: unknown;
  try {
    const snapshot = await scenario.snapshot(id);
    for await (const piece of cat(snapshot, reader, scenario.identities, paths, scenario.run)) {
      pieces.push(new Uint8Array(piece));
    }
  } catch (thrown) {
    error = thrown;
  }
  return { bytes: Buffer.concat(pieces), error };
}

function assertPrinted({ bytes, error }: { bytes: Buffer; error: unknown }, expected: Uint8Array): void {
  if (error !== undefined) throw error;
  assert.ok(bytes.equals(expected), `${bytes.length} bytes, not the ${expected.length} of the file`);
}

const SIZES = [0, 1, 511, 512, 513, 65_535, 65_536, 65_537, 300_000];

Deno.test("cat prints files of all sizes, together in the order in which they are named", () =>
  withScenario(
    directory(Object.fromEntries(SIZES.map((size) => [`f${size}`, file(noise(size, size + 1))]))),
    async (scenario) => {
      await scenario.backup();
      for (const size of SIZES) {
        assertPrinted(
          await printed(scenario, [`${scenario.source}/f${size}`]),
          noise(size, size + 1),
        );
      }
      const order = [65_537, 0, 300_000, 1, 65_537];
      assertPrinted(
        await printed(scenario, order.map((size) => `${scenario.source}/f${size}`)),
        Buffer.concat(order.map((size) => noise(size, size + 1))),
      );
    },
  ));

Deno.test("cat takes a path as it is or as files prints it, and never as a glob", () =>
  withScenario(
    directory({
      "a*": file("star"),
      ab: file("plain"),
      "new\nline": file("escaped"),
      "[x]": file("bracket"),
    }),
    async (scenario) => {
      await scenario.backup();
      const at = scenario.source;
      const paths = [`${at}/a*`, `${at.slice(1)}/ab`, `${at}/new\\nline`, `${at}/new\nline`, `${at}/[x]`];
      assertPrinted(await printed(scenario, paths), Buffer.from("starplainescapedescapedbracket"));
      const { error } = await printed(scenario, [`${at}/*`]);
      assert.match(String(error), /Cannot print ".*\/\*": the snapshot has no such path/);
    },
  ));

Deno.test("cat refuses what is not a file before it prints anything", () =>
  withScenario(
    directory({ a: file("a"), d: directory(), l: symlink("a"), h: hardlink("a") }),
    async (scenario) => {
      await scenario.backup();
      const refusals = {
        d: /it is a directory/,
        l: /it is a symbolic link to "a"/,
        no: /no such path/,
        "a/b": /no such path/,
      };
      for (const [name, reason] of Object.entries(refusals)) {
        const { bytes, error } = await printed(scenario, [
          `${scenario.source}/a`,
          `${scenario.source}/${name}`,
        ]);
        assert.equal(bytes.length, 0, name);
        assert.ok(error instanceof Failure && !(error instanceof Damage), name);
        assert.match(error.message, reason);
      }
    },
  ));

/** Prints each file of a snapshot, and compares it with a copy of the tree. */
async function assertAllPrinted(life: Life, snapshot: string, copy: string): Promise<void> {
  for (const { path, isFile } of filesBelow(copy)) {
    if (isFile) {
      assertPrinted(
        await printed(life, [life.source + path], { id: snapshot }),
        Deno.readFileSync(copy + path),
      );
    } else {assert.notEqual(
        (await printed(life, [life.source + path], { id: snapshot })).error,
        undefined,
        path,
      );}
  }
}

function* filesBelow(root: string, path = ""): Generator<{ path: string; isFile: boolean }> {
  for (const { name, isFile, isDirectory } of Deno.readDirSync(root + path)) {
    yield { path: `${path}/${name}`, isFile };
    if (isDirectory) yield* filesBelow(root, `${path}/${name}`);
  }
}

Deno.test("cat prints every file of every snapshot as it was, whichever older snapshots hold it", () =>
  withLife(sampleTree(), async (life) => {
    const mischief = new Mischief(life.source, 5);
    const made: [snapshot: string, copy: string][] = [];
    for (let day = 0; day < 6; day += 1) {
      mischief.do(8);
      made.push([(await life.backup()).snapshot, await life.copy()]);
      life.now += 3 * DAY_MS;
    }
    for (const [snapshot, copy] of made) await assertAllPrinted(life, snapshot, copy);
  }, { retention: { days: 90, refreshDays: 10 } }));

Deno.test("cat fetches only the volumes that hold the paths", () =>
  withScenario(sampleTree(), async (scenario) => {
    await scenario.backup();
    const fetched: string[] = [];
    const reader: StoreReader = {
      ...scenario.store.reader,
      get: (name, options) => {
        fetched.push(name);
        return scenario.store.reader.get(name, options);
      },
    };
    assertPrinted(await printed(scenario, [`${scenario.source}/a.txt`], { reader }), Buffer.from("hello\n"));
    const volumes = (names: Iterable<string>): number =>
      new Set([...names].flatMap((it) => /\/(\d+)\.\d+-/.exec(it)?.[1] ?? [])).size;
    assert.ok(volumes(scenario.store.objects.keys()) > 1, [...scenario.store.objects.keys()].join());
    assert.equal(volumes(fetched), 1, fetched.join());
  }));

Deno.test("cat stops at a damaged part with a beginning of the content and an error of damage", () =>
  withScenario(directory({ big: file(noise(300_000)), small: file("x") }), async (scenario) => {
    await scenario.backup();
    const parts = [...scenario.store.objects].filter(([name, { bytes }]) =>
      !name.includes("receipt") && !name.includes("index") && bytes.length === 64 * 1024
    );
    assert.ok(parts.length > 2);
    for (const [name, object] of parts) {
      const bytes = object.bytes.slice();
      bytes[bytes.length >> 1]! ^= 1;
      for (const broken of [{ ...object, bytes }, undefined]) {
        if (broken) scenario.store.objects.set(name, broken);
        else scenario.store.objects.delete(name);
        const { bytes: got, error } = await printed(scenario, [
          `${scenario.source}/big`,
          `${scenario.source}/small`,
        ]);
        assert.ok(error instanceof Damage, String(error));
        assert.ok(
          got.equals(noise(300_000).subarray(0, got.length)) && got.length < 300_000,
          `${got.length}`,
        );
      }
      scenario.store.objects.set(name, object);
    }
    assertPrinted(await printed(scenario, [`${scenario.source}/big`]), noise(300_000));
  }));

Deno.test("cat does not print a file that differs from what the index lists", () =>
  withScenario(directory({}), async (scenario) => {
    const [a, b] = ["a", "b"].map((path) => thing(path));
    const listed = [a!.entry, { ...b!.entry, mode: 0o600 }];
    await forgeTree(scenario, { volumes: [{ items: [a!, b!], listed }] });
    assertPrinted(await printed(scenario, ["/a"]), Buffer.from("a"));
    const { bytes, error } = await printed(scenario, ["/b"]);
    assert.deepEqual([bytes.length, error instanceof Damage], [0, true], String(error));
  }));

function thing(path: string): Item {
  const stat = { mode: 0o644, uid: 0, gid: 0, user: "", group: "", mtime: 0 };
  return {
    entry: { path, type: "file", size: path.length, ...stat },
    content: new TextEncoder().encode(path),
  };
}

Deno.test("cat prints a dump, which is a volume of its own, and stops where one is cut", () =>
  withScenario(directory({}), async (scenario) => {
    const path = `${DUMP_DIRECTORY}/app.sql`;
    const content = noise(200_000);
    const dump: Item = { entry: { ...thing(path).entry, size: content.length }, content };
    await forgeTree(scenario, { volumes: [{ dump: true, items: [dump] }] });
    assertPrinted(await printed(scenario, [`/${path}`]), content);
    await forgeTree(scenario, { volumes: [{ dump: true, items: [dump], plainBytes: 200_001 }] });
    const { bytes, error } = await printed(scenario, [`/${path}`], { id: "latest" });
    assert.ok(error instanceof Damage && bytes.length <= content.length, String(error));
  }));
