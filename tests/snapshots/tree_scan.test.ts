/** Whatever a snapshot says that it holds: `verify --deep`, `files` and `restore` judge it alike, and what is bad is lost alone. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { files } from "../../lib/snapshots/files.ts";
import { generateIdentity } from "../../lib/seal/identity.ts";
import { readRecipient } from "../../lib/seal/recipient.ts";
import { file, type Item, thing } from "../archive/making.ts";
import { encodeHeader } from "../../lib/archive/header.ts";
import { Interrupted } from "../../lib/model/failure.ts";
import { compressor } from "../../lib/seal/compress.ts";
import { sealCompressed } from "../../lib/seal/seal.ts";
import { newSessionKey } from "../../lib/seal/session_key.ts";
import { verify } from "../../lib/verify/verify.ts";
import { directory } from "../source/tree.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { type ForgedTree, forgeTree, recipientOf } from "../support/forged_tree.ts";

/** What the three say of the newest snapshot. */
interface Judged {
  readonly good: string[];
  readonly restored: string[];
  readonly lost: string[];
  readonly damages: string[];
}

let targets = 0;

async function judge(scenario: Scenario): Promise<Judged> {
  const good: string[] = [];
  const lost: string[] = [];
  const snapshot = await scenario.snapshot();
  const reported = (it: { entry: { path: string } | undefined }): void =>
    void lost.push(it.entry?.path ?? "");
  for await (
    const { path } of files(snapshot, [], scenario.store.reader, scenario.identities, scenario.run, reported)
  ) {
    good.push(path);
  }
  const { findings } = await scenario.verify({ identities: scenario.identities });
  const damages = findings.filter(({ kind, snapshot: id }) => kind === "damage" && id === snapshot.id);
  const target = `${scenario.directory}/back${targets++}`;
  const result = await scenario.restore({ target }, snapshot.id);
  const restored = [...pathsBelow(target)];
  assert.equal(result.lost > 0, damages.length > 0, `lost ${result.lost}: ${JSON.stringify(damages)}`);
  assert.equal(result.entries, good.length, "as many are restored as are good");
  return { good: good.sort(), restored: restored.sort(), lost, damages: damages.map(({ what }) => what) };
}

function* pathsBelow(root: string, path = ""): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(`${root}/${path}`)) {
    const inner = path === "" ? name : `${path}/${name}`;
    yield inner;
    if (isDirectory) yield* pathsBelow(root, inner);
  }
}

/** Judges one snapshot. */
function judged(
  tree: ForgedTree | ForgedTree[],
  body: (judged: Judged, scenario: Scenario) => void,
): Promise<void> {
  return withScenario(directory({}), async (scenario) => {
    for (const it of [tree].flat()) await forgeTree(scenario, it);
    body(await judge(scenario), scenario);
  });
}

const link = (path: string, link: string): Item => thing(path, "hardlink", { link });

const BAD: Record<string, readonly [tree: ForgedTree, lost: readonly string[]]> = {
  "a path twice in one volume": [{ volumes: [{ items: [file("ok"), file("a", "1"), file("a", "2")] }] }, [
    "a",
  ]],
  "a path in two volumes": [{
    volumes: [{ items: [file("a", "1"), file("ok")] }, { items: [file("a", "2")] }],
  }, ["a"]],
  "a file with children": [{
    volumes: [{ items: [file("ok"), file("a"), file("a/b"), thing("a/c", "symlink", { link: "x" })] }],
  }, ["a/b", "a/c"]],
  "a symlink with children": [{
    volumes: [{ items: [file("ok"), thing("a", "symlink", { link: "/tmp" }), file("a/b")] }],
  }, ["a/b"]],
  "a hard link to nothing": [{ volumes: [{ items: [file("ok"), link("h", "etc/passwd")] }] }, ["h"]],
  "a hard link to itself": [{ volumes: [{ items: [file("ok"), link("h", "h")] }] }, ["h"]],
  "a hard link to a directory": [{
    volumes: [{ items: [file("ok"), thing("d", "directory"), link("h", "d")] }],
  }, ["h"]],
  "hard links in a chain": [{ volumes: [{ items: [file("ok"), link("g", "ok"), link("h", "g")] }] }, ["h"]],
  "a size that the volume cannot hold": [{
    volumes: [{
      items: [file("ok"), file("a")],
      listed: [file("ok").entry, { ...file("a").entry, size: 2 ** 40 }],
    }],
    receipt: { bytes: 2 ** 50, sent: { entries: 2, bytes: 2 ** 50 } },
  }, ["a"]],
  "more content than the receipt announces": [{
    volumes: [{ items: [file("a", "12345"), file("b", "x".repeat(1000)), file("c")] }],
    receipt: { bytes: 5, sent: { entries: 3, bytes: 5 } },
  }, ["b"]],
  "less content than the receipt announces": [{
    volumes: [{ items: [file("a", "12345")] }],
    receipt: { bytes: 6, sent: { entries: 1, bytes: 6 } },
  }, [""]],
  "less content sent than the receipt announces": [{
    volumes: [{ items: [file("a", "12345")] }],
    receipt: { sent: { entries: 1, bytes: 6 } },
  }, [""]],
  "a dump that is not as large as its volume": [{
    volumes: [{ items: [file("ok")] }, {
      items: [file("nightdrop-dumps/a", "12345")],
      listed: [{ ...file("nightdrop-dumps/a").entry, size: 4 }],
      dump: true,
    }],
  }, ["nightdrop-dumps/a"]],
  "a dump that is not a file": [{
    volumes: [{ items: [file("ok")] }, {
      items: [file("nightdrop-dumps/a", "")],
      listed: [thing("nightdrop-dumps/a", "fifo").entry],
      dump: true,
    }],
  }, ["nightdrop-dumps/a"]],
  "a line that is not JSON": [{
    volumes: [{ items: [file("a"), file("b")] }],
    lines: ([head, , b]) => [head!, "{", b!],
  }, [""]],
  "a path that leads out": [{
    volumes: [{ items: [file("../evil"), file("b")] }],
  }, [""]],
  "a line of an unknown type": [{
    volumes: [{ items: [file("a"), file("b")] }],
    lines: ([head, a, b]) => [head!, a!.replace('"type":"file"', '"type":"socket"'), b!],
  }, ["a"]],
  "a line with a key twice": [{
    volumes: [{ items: [file("a"), file("b")] }],
    lines: ([head, a, b]) => [head!, a!.replace('"uid":0', '"uid":0,"uid":0'), b!],
  }, ["a"]],
};

for (const [what, [tree, lost]] of Object.entries(BAD)) {
  Deno.test(`a snapshot with ${what} loses that alone, in verify, files and restore`, () =>
    judged(tree, (judged) => {
      assert.deepEqual(judged.lost, lost);
      assert.deepEqual(judged.restored, judged.good);
      assert.ok(judged.good.length > 0, "something is good");
      assert.equal(judged.damages.length, lost.length, `${judged.damages}`);
    }));
}

const BAD_VOLUMES: Record<string, (items: readonly Item[]) => ForgedTree["volumes"]> = {
  "holds what the index does not list": (
    items,
  ) => [{ items: [...items, file("more")], listed: items.map((it) => it.entry) }],
  "does not hold all that the index lists": (
    items,
  ) => [{ items: items.slice(1), listed: items.map((it) => it.entry) }],
  "holds a file of another size": () => [{ items: [file("a", "12345")], listed: [file("a", "1234").entry] }],
  "holds another type": () => [{ items: [thing("a", "symlink", { link: "x" })], listed: [file("a").entry] }],
  "is not an archive": (items) => [{ items, plain: new Uint8Array(10_240).fill(1) }],
  "is not a message": (items) => [{ items, message: new Uint8Array(1000) }],
};

for (const [what, volumes] of Object.entries(BAD_VOLUMES)) {
  Deno.test(`a volume that ${what} loses its own entries alone`, () =>
    withScenario(directory({}), async (scenario) => {
      await forgeTree(scenario, {
        volumes: [...volumes([file("a", "1"), file("b", "2")])!, { items: [file("ok", "ok")] }],
      });
      const { findings } = await scenario.verify({ identities: scenario.identities });
      assert.ok(findings.some(({ kind }) => kind === "damage"));
      const { lost, entries } = await scenario.restore();
      assert.ok(lost > 0);
      assert.equal(entries, 1);
      assert.deepEqual([...pathsBelow(`${scenario.directory}/back`)], ["ok"]);
    }));
}

const BAD_INDEXES: Record<string, ForgedTree> = {
  "lists too little": { volumes: [{ items: [file("a"), file("b")] }], lines: (lines) => lines.slice(0, -1) },
  "lists too much": {
    volumes: [{ items: [file("a"), file("b")] }],
    lines: (lines) => [...lines, lines.at(-1)!],
  },
  "lists another volume": {
    volumes: [{ items: [file("a")] }],
    lines: ([head, a]) => [head!, a!.replace(":1,", ":2,")],
  },
  "is that of another snapshot": {
    volumes: [{ items: [file("a")] }],
    lines: ([head, a]) => [head!.replace("web1", "web2"), a!],
  },
  "lists more than a volume has room for": {
    volumes: [{
      items: [file("a")],
      lines: Array.from(
        { length: 5000 },
        (_, at) =>
          `{"volume":1,"path":"${at}","type":"fifo","size":0,"mode":"0644","uid":0,"gid":0,"user":"","group":"","mtime":0}`,
      ),
    }],
  },
  "lists names that take too much memory": {
    volumes: [{
      items: [file("a")],
      lines: Array.from(
        { length: 600 },
        (_, at) =>
          `{"volume":1,"path":"${at}${
            `/${"x".repeat(250)}`.repeat(120)
          }","type":"fifo","size":0,"mode":"0644","uid":0,` +
          `"gid":0,"user":"","group":"","mtime":0}`,
      ),
      plainBytes: 2 ** 28,
    }],
  },
  "has a thousand lines that are not well formed": {
    volumes: [{ items: [file("a")], lines: Array.from({ length: 2000 }, () => "x") }],
  },
};

for (const [what, tree] of Object.entries(BAD_INDEXES)) {
  Deno.test(`an index that ${what} loses its snapshot, and verify continues with the next`, () =>
    withScenario(directory({}), async (scenario) => {
      const bad = await forgeTree(scenario, tree);
      await forgeTree(scenario, { volumes: [{ items: [file("ok")] }] });
      const { findings } = await scenario.verify({ identities: scenario.identities });
      const damages = findings.filter(({ kind }) => kind === "damage");
      assert.deepEqual(new Set(damages.map(({ snapshot }) => snapshot)), new Set([bad.snapshot]));
      await assert.rejects(scenario.restore({}, bad.snapshot), { name: "Damage" });
      assert.equal((await scenario.restore()).lost, 0);
    }));
}

Deno.test("an index of millions of bad entries ends after the first 100,000, of which only some are named", () =>
  withScenario(directory({}), async (scenario) => {
    const line = (path: string): string =>
      `{"volume":1,"path":"${path}","type":"fifo","size":0,"mode":"0644","uid":0,"gid":0,"user":"","group":"","mtime":0}`;
    const lines = [line("ok"), ...Array.from({ length: 120_000 }, () => line("a"))];
    await forgeTree(scenario, { volumes: [{ items: [file("ok")], lines, plainBytes: 2 ** 26 }] });
    const { findings } = await scenario.verify({ identities: scenario.identities });
    const reported = findings.filter(({ kind, what }) => kind === "damage" && /restored|bad/.test(what)).map((
      { what },
    ) => what);
    assert.equal(reported.length, 22);
    assert.match(reported.at(-2)!, /More than 99999 entries are bad/);
    assert.match(reported.at(-1)!, /more entries cannot be restored/);
  }));

Deno.test("an interrupt ends the reading of a volume at once, whatever its size", () =>
  withScenario(directory({}), async (scenario) => {
    const size = 64 * 2 ** 30; // which takes half a minute and more
    const [recipient, compress] = [await recipientOf(scenario), compressor({ kind: "zstd", level: 3 })];
    const entry = { ...file("zeros").entry, size };
    const zeros = compress(new Uint8Array(2 ** 21));
    const frames = [
      compress(encodeHeader(entry)),
      ...Array(size / 2 ** 21).fill(zeros),
      compress(new Uint8Array(1024)),
    ];
    const session = await newSessionKey([recipient]);
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for await (const { bytes } of sealCompressed(frames, { session, partSize: 2 ** 28 })) parts.push(bytes);
    const plainBytes = 512 + size + 1024;
    await forgeTree(scenario, {
      volumes: [{ items: [{ entry, content: new Uint8Array() }], message: parts[0]!, plainBytes }],
    });
    const stop = new AbortController();
    let stopped = 0;
    setTimeout(() => {
      stopped = performance.now();
      stop.abort(new Interrupted());
    }, 1000);
    const run = { report: () => {}, signal: stop.signal, now: () => new Date() };
    const how = { identities: scenario.identities, jobs: 2 };
    await assert.rejects(verify(scenario.host, scenario.store.reader, how, () => {}, run), {
      name: "Interrupted",
    });
    assert.ok(performance.now() - stopped < 8000, `${performance.now() - stopped} ms`);
  }));

Deno.test("data encrypted to a key that the receipt does not name is damage of that snapshot or volume only", () =>
  withScenario(directory({}), async (scenario) => {
    const key = await generateIdentity({ name: "other", now: new Date("2026-01-01") });
    const other = await readRecipient(new TextEncoder().encode(key.publicKey), {
      name: "other",
      fingerprint: key.fingerprint,
      now: new Date(),
    });
    const index = await forgeTree(scenario, { volumes: [{ items: [file("a")] }], indexTo: other });
    const volume = await forgeTree(scenario, {
      volumes: [{ items: [file("a")], to: other }, { items: [file("b")] }],
    });
    const { findings } = await scenario.verify({ identities: scenario.identities });
    for (const { snapshot } of [index, volume]) {
      const reported = findings.filter((it) => it.kind === "damage" && it.snapshot === snapshot);
      assert.equal(reported.length, 1);
      assert.match(reported[0]!.what, /sealed for another key/);
    }
    await assert.rejects(scenario.restore({}, index.snapshot), { name: "Damage" });
    const { lost, entries } = await scenario.restore({}, volume.snapshot);
    assert.deepEqual([lost, entries], [1, 1]);
  }));

Deno.test("a snapshot that is honestly sealed for other keys is not damage, but was not opened", () =>
  withScenario(directory({}), async (scenario) => {
    const key = await generateIdentity({ name: "other", now: new Date("2026-01-01") });
    const other = await readRecipient(new TextEncoder().encode(key.publicKey), {
      name: "other",
      fingerprint: key.fingerprint,
      now: new Date(),
    });
    await forgeTree(scenario, {
      volumes: [{ items: [file("a")], to: other }],
      indexTo: other,
      receipt: { recipients: [key.fingerprint] },
    });
    const result = await scenario.verify({ identities: scenario.identities });
    assert.deepEqual([result.damages, result.unreadable], [0, 1]);
    await assert.rejects(scenario.restore(), { name: "NoIdentity" });
  }));

Deno.test("a needed snapshot with a damaged index loses only its own entries", () =>
  withScenario(directory({}), async (scenario) => {
    const old = await forgeTree(scenario, {
      volumes: [{ items: [file("old")] }],
      lines: (lines) => lines.slice(0, 1),
    });
    await forgeTree(scenario, {
      volumes: [{ items: [file("new")] }],
      needs: [[old, [[1, 1]]]],
      receipt: { entries: 2, previous: { snapshot: old.snapshot, commitment: old.commitment } },
    });
    const { good, restored, lost, damages } = await judge(scenario);
    assert.deepEqual([good, restored, lost], [["new"], ["new"], ["", ""]]);
    assert.match(damages.join("\n"), /lists volume 1 only in part/);
    assert.match(damages.join("\n"), /list 1 entries where the receipt announces 2/);
  }));

Deno.test("an index that lists a path as gone twice, or as gone and as an entry, loses its snapshot", () =>
  withScenario(directory({}), async (scenario) => {
    const old = await forgeTree(scenario, { volumes: [{ items: [file("old"), file("kept")] }] });
    const forge = (gone: string[]): ReturnType<typeof forgeTree> =>
      forgeTree(scenario, {
        volumes: [{ items: [file("new")] }],
        gone,
        needs: [[old, [[1, 1]]]],
        receipt: { entries: 2 },
      });
    for (const gone of [["old", "old"], ["old", "new"]]) {
      const { snapshot } = await forge(gone);
      await assert.rejects(scenario.restore({}, snapshot), /as gone and a second time/);
    }
    const { snapshot } = await forge(["old"]);
    assert.deepEqual((await scenario.restore({}, snapshot)).lost, 0);
    assert.deepEqual([...pathsBelow(`${scenario.directory}/back`)].sort(), ["kept", "new"]);
  }));

Deno.test("an interrupt ends the reading of an index between its lines", () =>
  withScenario(directory({}), async (scenario) => {
    await forgeTree(scenario, {
      volumes: [{ items: Array.from({ length: 3000 }, (_, at) => thing(`${at}`, "fifo")) }],
    });
    const stop = new AbortController();
    const run = { ...scenario.run, signal: stop.signal };
    setTimeout(() => stop.abort(new Interrupted()), 0);
    const snapshot = await scenario.snapshot();
    const reading = async (): Promise<void> => {
      for (;;) for await (const _ of files(snapshot, [], scenario.store.reader, scenario.identities, run));
    };
    await assert.rejects(reading, { name: "Interrupted" });
  }));

Deno.test("needs that differ from their receipts are damage, in restore too", () =>
  withScenario(directory({}), async (scenario) => {
    const id = (day: number): string => `202611${day}T050000Z-0000000000000001`;
    const forge = (day: number, tree: ForgedTree = {}): ReturnType<typeof forgeTree> =>
      forgeTree(scenario, { id: id(day), volumes: [{ items: [file(`${day}`)] }], ...tree });
    const [a, b] = [await forge(18), await forge(19)];
    await new Promise((resolve) => setTimeout(resolve, 5));
    const later = await forge(25);
    const cases: [what: RegExp, needs: ForgedTree["needs"], entries: number][] = [
      [/needs volume 9 of .*, which has only 1/, [[b, [[1, 1], [9, 9]]]], 2],
      [/which is newer than itself/, [[later, [[1, 1]]]], 2],
      [/below .*, which is older/, [[a, [[1, 1]]], [b, [[1, 1]]]], 3],
    ];
    for (const [at, [what, needs, entries]] of cases.entries()) {
      const { snapshot } = await forge(20 + at, { needs: needs!, receipt: { entries } });
      const { findings } = await scenario.verify({ identities: scenario.identities });
      const reported = findings.filter((it) => it.kind === "damage" && it.snapshot === snapshot).map((it) =>
        it.what
      );
      assert.ok(reported.some((it) => what.test(it)), `${reported}`);
      const { lost } = await scenario.restore({ target: `${scenario.directory}/needs${at}` }, snapshot);
      assert.ok(lost > 0);
    }
  }));

Deno.test("a hard link to a path that is listed twice is made to the good one", () =>
  judged(
    { volumes: [{ items: [link("h", "b/b")] }, { items: [file("b/b", "x"), thing("b/b", "directory")] }] },
    ({ good, restored, lost }) => {
      assert.deepEqual([good, restored, lost], [["b/b", "h"], ["b", "b/b", "h"], ["b/b"]]);
    },
  ));

const path = fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 3 }).map((names) =>
  names.join("/")
);
const anything = fc.oneof(
  fc.tuple(path, fc.string({ maxLength: 5 })).map(([path, content]) => file(path, content)),
  path.map((path) => thing(path, "directory", { mode: 0o755 })),
  path.map((path) => thing(path, "symlink", { link: "a" })),
  fc.tuple(path, path).map(([path, target]) => link(path, target)),
);

Deno.test("for any tree, exactly the entries called good are restored", () =>
  withScenario(directory({}), async (scenario) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(anything, { maxLength: 6 }), { minLength: 1, maxLength: 3 }),
        async (volumes) => {
          scenario.store.objects.clear();
          await forgeTree(scenario, { volumes: volumes.map((items) => ({ items })) });
          const { good, restored, lost } = await judge(scenario);
          const listed = new Set<string>(good);
          const above = good.flatMap((it) =>
            it.split("/").slice(1).map((_, at) => it.split("/").slice(0, at + 1).join("/"))
          );
          assert.deepEqual(new Set(restored), listed.union(new Set(above)));
          assert.equal(good.length + lost.length, volumes.flat().length, "each is good or lost");
        },
      ),
      { numRuns: 60 },
    );
  }));
