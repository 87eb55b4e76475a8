import assert from "assert";
import { backup } from "../lib/backup.ts";
import { Damage, Failure } from "../lib/model/failure.ts";
import { type GetOptions, StoreError } from "../lib/store/contract.ts";
import { assertSameTree, assertTree, file, folder, hardlink, symlink } from "./source/tree.ts";
import { makeDrill, restoredSource, withDrill } from "./support/drill.ts";
import { noise, sampleTree } from "./support/sample_tree.ts";

for (const compression of [{ kind: "zstd", level: 3 }, { kind: "gzip" }, { kind: "none" }] as const) {
  Deno.test(`a tree comes back as it was: ${compression.kind}`, () =>
    withDrill(sampleTree(), async (drill) => {
      const { entries } = await drill.backup();
      const result = await drill.restore();
      assertSameTree(restoredSource(drill), drill.source);
      assert.deepEqual({ ...result, bytes: 0 }, { entries, bytes: 0, lost: 0, notes: [] });
      assert.deepEqual(
        Deno.readDirSync(`${drill.folder}/back`).toArray().length,
        1,
        "nothing else is left in the target",
      );
    }, { compression }));
}

Deno.test("several volumes at a time give the same tree", () =>
  withDrill(sampleTree(), async (drill) => {
    const { entries } = await drill.backup();
    const result = await drill.restore({ jobs: 3 });
    assertSameTree(restoredSource(drill), drill.source);
    assert.equal(result.entries, entries);
    assert.equal(result.bytes, (await drill.snapshot()).receipt.bytes);
    assert.deepEqual((await drill.verify({ jobs: 3, identities: drill.identities })).findings, []);
  }));

Deno.test("globs bring back what they select, with the folders on the way as they were", () =>
  withDrill(sampleTree(), async (drill) => {
    await drill.backup();
    const { entries } = await drill.restore({ globs: ["*.conf"] });
    assert.equal(entries, 1);
    assertTree(
      restoredSource(drill),
      folder({
        sub: folder({
          deep: folder({
            deeper: folder({ "file.conf": file("key = value\n") }, { mode: 0o755, mtime: 1_111_111_111_111 }),
          }),
        }, { mode: 0o2750, mtime: 1_234_567_890_123 }),
      }),
    );
  }));

Deno.test("a glob that names a folder brings all below it", () =>
  withDrill(sampleTree(), async (drill) => {
    await drill.backup();
    await drill.restore({ globs: [`${drill.source}/sub/deep`] });
    assert.equal(
      Deno.readTextFileSync(`${restoredSource(drill)}/sub/deep/deeper/file.conf`),
      "key = value\n",
    );
    assert.throws(() => Deno.statSync(`${restoredSource(drill)}/a.txt`), Deno.errors.NotFound);
  }));

Deno.test("a hard link that is asked for brings the file it is another name of, also from another volume", () =>
  withDrill(sampleTree(), async (drill) => {
    await drill.backup();
    await drill.restore({ globs: ["zz hard"] });
    const [link, first] = ["sub/zz hard", "big.bin"].map((name) =>
      Deno.statSync(`${restoredSource(drill)}/${name}`)
    );
    assert.equal(link!.ino, first!.ino);
    assert.deepEqual(Deno.readFileSync(`${restoredSource(drill)}/sub/zz hard`), noise(200_000));
    assert.ok(drill.events.some((event) => event.event === "note" && /comes along/.test(event.text)));
  }));

Deno.test("a glob that selects nothing is a failure that says so", () =>
  withDrill(folder({ a: file("a") }), async (drill) => {
    await drill.backup();
    await assert.rejects(
      drill.restore({ globs: ["*.none"] }),
      (error) => error instanceof Failure && /matches \*\.none/.test(error.message),
    );
    assert.throws(() => Deno.statSync(`${drill.folder}/back`), Deno.errors.NotFound);
  }));

Deno.test("an older snapshot comes back as it was then, by the beginning of its id", () =>
  withDrill(folder({ a: file("before"), gone: file("x") }), async (drill) => {
    const { snapshot } = await drill.backup();
    Deno.removeSync(`${drill.source}/gone`);
    Deno.writeTextFileSync(`${drill.source}/a`, "after");
    await drill.backup();
    await drill.restore({ target: `${drill.folder}/new` });
    assertTree(restoredSource(drill, `${drill.folder}/new`), folder({ a: file("after") }));
    await drill.restore({ target: `${drill.folder}/old` }, snapshot.slice(0, -4));
    assertTree(restoredSource(drill, `${drill.folder}/old`), folder({ a: file("before"), gone: file("x") }));
  }));

Deno.test("nothing that exists is overwritten unless asked, and nothing is fetched before that is clear", () =>
  withDrill(folder({ a: file("stored"), b: file("stored too") }), async (drill) => {
    await drill.backup();
    const there = restoredSource(drill);
    Deno.mkdirSync(there, { recursive: true });
    Deno.writeTextFileSync(`${there}/a`, "mine");
    await assert.rejects(
      drill.restore(),
      (error) => error instanceof Failure && error.message.includes("/a") && /--overwrite/.test(error.hint!),
    );
    assertTree(there, folder({ a: file("mine") }));
    await drill.restore({ overwrite: true });
    assertTree(there, folder({ a: file("stored"), b: file("stored too") }));
  }));

Deno.test("a target that is a file is refused, with what to do instead, and stays as it is", () =>
  withDrill(folder({ a: file("stored") }), async (drill) => {
    await drill.backup();
    const target = `${drill.source}/a`;
    await assert.rejects(
      drill.restore({ target }),
      (error) =>
        error instanceof Failure && /is not a folder$/.test(error.message) &&
        /Name another/.test(error.hint!),
    );
    assert.equal(Deno.readTextFileSync(target), "stored");
  }));

for (const jobs of [1, 3]) {
  const title =
    "a damaged volume loses its own entries and no others, each is told, and hard links to it go with it";
  Deno.test(`${title}: ${jobs} at a time`, () =>
    withDrill(
      folder({
        a: file(noise(60_000, 1)),
        b: file(noise(60_000, 2)),
        c: hardlink("b"),
        d: symlink("b"),
        e: file("e"),
      }),
      async (drill) => {
        await drill.backup();
        const { receipt } = await drill.snapshot();
        const victim = [...drill.store.objects.keys()].find((key) => key.includes("/000002."))!;
        drill.store.objects.get(victim)!.bytes[1000]! ^= 1;
        const result = await drill.restore({ jobs });
        assert.equal(receipt.volumes.length, 3);
        assert.equal(result.lost, 2);
        assertTree(
          restoredSource(drill),
          folder({ a: file(noise(60_000, 1)), d: symlink("b"), e: file("e") }),
        );
        const told = drill.events.flatMap((event) =>
          event.event === "trouble" ? [event.path.split("/").at(-1)] : []
        );
        assert.deepEqual(told, ["b", "c"]);
      },
    ));
}

Deno.test("a later part of a large file that is damaged leaves nothing of the file", () =>
  withDrill(folder({ a: file("small"), big: file(noise(300_000)) }), async (drill) => {
    await drill.backup();
    const last = [...drill.store.objects.keys()].filter((key) => key.includes("/000002.")).sort().at(-1)!;
    drill.store.objects.delete(last);
    const { lost } = await drill.restore();
    assert.equal(lost, 1);
    assertTree(restoredSource(drill), folder({ a: file("small") }));
  }));

Deno.test("a snapshot without a good index is not restored at all", () =>
  withDrill(sampleTree(), async (drill) => {
    await drill.backup();
    const index = [...drill.store.objects.keys()].find((key) => key.includes("/index."))!;
    drill.store.objects.delete(index);
    await assert.rejects(drill.restore(), Damage);
    assert.throws(() => Deno.statSync(`${drill.folder}/back`), Deno.errors.NotFound);
  }));

Deno.test("latest passes over a damaged receipt and tells of it", () =>
  withDrill(folder({ a: file("a") }), async (drill) => {
    const first = await drill.backup();
    const second = await drill.backup();
    const key = [...drill.store.objects.keys()].find((it) => it.includes(`${second.snapshot}/receipt-`))!;
    drill.store.objects.get(key)!.bytes[100]! ^= 1;
    assert.equal((await drill.snapshot()).id, first.snapshot);
  }));

Deno.test("what another host stored is not taken for this one's", () =>
  withDrill(folder({ a: file("a") }), async (drill) => {
    const other = await makeDrill(drill.folder, { ...drill.host, name: "web2.example.org" }, drill.store);
    await backup(other.host, other.store.writer, other.run);
    await assert.rejects(drill.snapshot(), /There is no snapshot of web1/);
  }));

for (const jobs of [1, 3]) {
  Deno.test(`a restore that is told to stop leaves the target as it was: ${jobs} at a time`, () =>
    withDrill(sampleTree(), async (drill) => {
      await drill.backup();
      const controller = new AbortController();
      let reads = 0;
      const reader = {
        ...drill.store.reader,
        get(
          name: string,
          options: { maxBytes: number; signal?: AbortSignal },
        ): Promise<Uint8Array<ArrayBuffer>> {
          if (++reads === 5) controller.abort(new Error("stop"));
          return drill.store.reader.get(name, options);
        },
      };
      const stopped = await makeDrill(drill.folder, drill.host, {
        ...drill.store,
        reader: reader as typeof drill.store.reader,
      });
      Object.assign(stopped.run, { signal: controller.signal });
      await assert.rejects(stopped.restore({ jobs }), /stop/);
      assert.throws(() => Deno.statSync(`${drill.folder}/back`), Deno.errors.NotFound);
    }));

  Deno.test(`an error of the machine stops all and leaves the target as it was: ${jobs} at a time`, () =>
    withDrill(sampleTree(), async (drill) => {
      await drill.backup();
      let reads = 0;
      const reader = {
        ...drill.store.reader,
        get(name: string, options: GetOptions): Promise<Uint8Array<ArrayBuffer>> {
          if (++reads === 5) throw new StoreError("unreachable", "the cable is cut");
          return drill.store.reader.get(name, options);
        },
      };
      const failing = await makeDrill(drill.folder, drill.host, { ...drill.store, reader });
      await assert.rejects(failing.restore({ jobs }), /the cable is cut/);
      assert.throws(() => Deno.statSync(`${drill.folder}/back`), Deno.errors.NotFound);
    }));
}

Deno.test("a path that is too long for the target is lost alone and named", () =>
  withDrill(folder({ precious: file("precious") }), async (drill) => {
    const deep = Array.from({ length: 36 }, () => "d".repeat(100)).join("/");
    Deno.mkdirSync(`${drill.source}/${deep}`, { recursive: true });
    Deno.writeTextFileSync(`${drill.source}/${deep}/f`, "deep");
    await drill.backup();
    const target = `${drill.folder}/${"t".repeat(250)}/${"t".repeat(250)}`;
    const { entries, lost } = await drill.restore({ target });
    assert.equal(Deno.readTextFileSync(`${restoredSource(drill, target)}/precious`), "precious");
    const named = drill.events.flatMap((it) => it.event === "trouble" ? [it.path] : []);
    assert.ok(named.some((path) => path.endsWith("/f")), "the file is named");
    assert.equal(named.length, lost);
    assert.equal(entries + lost, (await drill.snapshot()).receipt.entries);
  }));
