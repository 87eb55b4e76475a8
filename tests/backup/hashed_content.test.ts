/** The SHA-256 of each file in the index: what it covers, and that snapshots keep it. */
import assert from "node:assert/strict";
import { HashedContent } from "../../lib/backup/hashed_content.ts";
import type { Dump } from "../../lib/config/types.ts";
import type { Entry } from "../../lib/model/entry.ts";
import { sha256 } from "../../lib/model/digest.ts";
import { DUMP_DIRECTORY } from "../../lib/model/entry.ts";
import { files } from "../../lib/snapshots/files.ts";
import { StoreError } from "../../lib/store/contract.ts";
import { contentOf, file as item } from "../archive/making.ts";
import { directory, file, hardlink, symlink } from "../source/tree.ts";
import type { Scenario } from "../support/scenario.ts";
import { bash, foreignTest } from "../support/foreign.ts";
import { withLife } from "../support/life.ts";
import { noise, sampleTree } from "../support/sample_tree.ts";

type Reading = Pick<Scenario, "snapshot" | "store" | "identities" | "run">;

/** The entries of a snapshot. */
async function listed(scenario: Reading, id?: string): Promise<Entry[]> {
  const snapshot = await scenario.snapshot(id);
  return await Array.fromAsync(files(snapshot, [], scenario.store.reader, scenario.identities, scenario.run));
}

/** The SHA-256 of each file that has one, by its path. */
async function digests(scenario: Reading, id?: string): Promise<Map<string, string>> {
  const entries = await listed(scenario, id);
  return new Map(entries.flatMap(({ path, sha256 }) => sha256 === undefined ? [] : [[path, sha256]]));
}

/** What sha256sum prints of files. */
async function summed(paths: readonly string[]): Promise<Map<string, string>> {
  const sums = paths.map(async (path): Promise<[string, string]> => {
    const { text } = await bash('sha256sum < "$FILE"', { env: { FILE: `/${path}` } });
    return [path, text.slice(0, 64)];
  });
  return new Map(await Promise.all(sums));
}

const BLOCK = 2 * 1024 * 1024;

foreignTest(
  ["sha256sum", "truncate"],
  "the index has the SHA-256 of each file, as sha256sum prints it",
  () =>
    withLife(
      directory({
        empty: file(),
        one: file("x"),
        "back\\slash\nand line": file("strange"),
        "block less one": file(noise(BLOCK - 513)),
        block: file(noise(BLOCK)),
        "block and one": file(noise(BLOCK + 1)),
        "other name": hardlink("one"),
        link: symlink("one"),
      }),
      async (life) => {
        await bash('truncate -s 5M "$FILE" && printf x >> "$FILE"', {
          env: { FILE: `${life.source}/holes` },
        });
        await life.backup();
        const entries = await listed(life);
        const regular = entries.filter(({ type }) => type === "file");
        assert.equal(regular.length, 7);
        assert.ok(regular.some(({ sparse }) => sparse), "one has holes");
        assert.deepEqual(await digests(life), await summed(regular.map(({ path }) => path)));
      },
      { partSize: 256 * 1024 },
    ),
);

Deno.test("a file that is not sent again keeps the SHA-256 of the snapshot that sent it", () =>
  withLife(sampleTree(), async (life) => {
    const first = await life.backup();
    Deno.writeTextFileSync(`${life.source}/a.txt`, "changed\n");
    life.now += 60_000;
    const second = await life.backup();
    assert.ok((await life.snapshot(second.snapshot)).receipt.needs.length > 0);
    const [before, after] = [await digests(life, first.snapshot), await digests(life, second.snapshot)];
    const path = `${life.source}/a.txt`.slice(1);
    assert.equal(after.get(path), sha256(new TextEncoder().encode("changed\n")));
    assert.deepEqual(new Map([...after, [path, before.get(path)!]]), before);
  }));

Deno.test("a file in an adopted volume keeps the SHA-256 of the run that sent it", () =>
  withLife(sampleTree(), async (life) => {
    const { writer } = life.store;
    let left = 2;
    const breaking: typeof writer = {
      ...writer,
      put: (...args) => left-- > 0 ? writer.put(...args) : Promise.reject(new StoreError("denied", "closed")),
    };
    await assert.rejects(life.backup({}, {}, breaking), StoreError);
    const { snapshot } = await life.backup();
    assert.ok((await life.snapshot(snapshot)).receipt.adopted.length > 0);
    const adopting = await digests(life, snapshot);
    const full = await life.backup({ full: true });
    assert.deepEqual(adopting, await digests(life, full.snapshot));
  }));

const DUMP: Dump = {
  name: "numbers",
  command: ["sh", "-c", "seq 1 100000"],
  user: undefined,
  timeLimit: 60_000,
};

foreignTest(
  ["sh", "seq"],
  "the index has the SHA-256 of a dump, of whatever length",
  () =>
    withLife(directory({}), async (life) => {
      const empty: Dump = { ...DUMP, name: "empty", command: ["true"] };
      await life.backup({}, { dumps: [DUMP, empty] });
      const numbers = Array.from({ length: 100_000 }, (_, at) => `${at + 1}\n`).join("");
      assert.deepEqual(
        await digests(life),
        new Map([["numbers", numbers], ["empty", ""]].map(([name, text]) => [
          `${DUMP_DIRECTORY}/${name}`,
          sha256(new TextEncoder().encode(text)),
        ])),
      );
    }),
);

Deno.test("a host without checksums lists none, and its snapshots build on each other as before", () =>
  withLife(sampleTree(), async (life) => {
    await life.backup({}, { checksums: false });
    assert.deepEqual(await digests(life), new Map());
    Deno.writeTextFileSync(`${life.source}/a.txt`, "changed\n");
    life.now += 60_000;
    const { snapshot } = await life.backup();
    assert.deepEqual([...(await digests(life, snapshot)).keys()], [`${life.source}/a.txt`.slice(1)]);
    assert.deepEqual((await life.verify({ identities: life.identities })).findings, []);
  }));

Deno.test("the SHA-256 covers all bytes that were read, in any pieces", () => {
  const { entry, content } = item("a", noise(10_000));
  for (const step of [1, 999, 10_000]) {
    const hashed = new HashedContent({ ...contentOf(entry, content, step), allocated: 0 });
    while (hashed.read(new Uint8Array(4096)) > 0);
    assert.equal(hashed.entry, entry, "not known before it is closed");
    hashed.close();
    assert.deepEqual(hashed.entry, { ...entry, sha256: sha256(content) });
  }
});
