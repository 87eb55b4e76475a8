import assert from "node:assert/strict";
import fc from "fast-check";
import { directoryReader, directoryWriter } from "../../../lib/store/directory/directory.ts";
import { directoryError } from "../../../lib/store/directory/errors.ts";
import { withDirectory } from "../../support/directory.ts";
import { bash, must } from "../../support/foreign.ts";
import { memoryStore } from "../../support/memory_store.ts";
import { content, rejects } from "../checks.ts";
import { conformance } from "../conformance.ts";
import { longestTurn } from "../../support/turns.ts";
import { replacing } from "../replacing.ts";

/** Runs `body` with the path of a store that is not there yet. */
function withStore(body: (path: string) => Promise<void>): Promise<void> {
  return withDirectory((directory) => body(`${directory}/store`));
}

/** As on FAT. */
function withoutLinks(body: () => Promise<void>): Promise<void> {
  const refuse = (): Promise<void> =>
    Promise.reject(Object.assign(new Error("Operation not permitted"), { code: "EPERM" }));
  return replacing("link", () => refuse, body);
}

async function namesIn(path: string): Promise<string[]> {
  return (await Array.fromAsync(directoryReader(path).list(""))).map(({ name }) => name);
}

/** Everything below `path`, hidden or not. */
async function filesIn(path: string): Promise<string[]> {
  return (await must("find", [path, "-type", "f", "-printf", "%P\n"])).text.split("\n").filter(Boolean)
    .sort();
}

conformance((law, body) =>
  Deno.test(`directory store: ${law}`, () =>
    withStore((path) => body({ writer: directoryWriter(path), reader: directoryReader(path) })))
);

conformance((law, body) =>
  Deno.test(`directory store without hard links: ${law}`, () =>
    withStore((path) =>
      withoutLinks(() => body({ writer: directoryWriter(path), reader: directoryReader(path) }))
    ))
);

Deno.test("a directory store lists what a store in memory lists, whatever the names", async () => {
  const component = fc.string({
    unit: fc.constantFrom("a", "b", " ", "+", "-", ".", "0", "~", "é", "\uff5e", "😀"),
  });
  // Directories end in a slash's neighbour, files do not, so that no name is needed as both.
  const name = fc.tuple(fc.array(component, { maxLength: 3 }), component)
    .map(([directories, file]) => [...directories.map((it) => `d${it}.`), `f${file}x`].join("/"));
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(name, { maxLength: 20 }), name, fc.nat(3), async (names, other, cut) => {
      await withStore(async (path) => {
        const memory = memoryStore();
        const writer = directoryWriter(path);
        for (const it of [...names, "zz"]) {
          await Promise.all([writer.put(it, content(1)), memory.writer.put(it, content(1))]);
        }
        for (
          const [prefix, after] of [["", undefined], [other.slice(0, cut), undefined], ["", other], [
            "d",
            other,
          ]]
        ) {
          const [real, model] = await Promise.all(
            [directoryReader(path), memory.reader].map((reader) =>
              Array.fromAsync(reader.list(prefix!, { after }), (it) => it.name)
            ),
          );
          assert.deepEqual(real, model);
        }
      });
    }),
    { numRuns: 40 },
  );
});

Deno.test("only its owner can enter a new store, and its mode alone decides this", async () => {
  await withStore(async (path) => {
    const before = Deno.umask(0o022);
    try {
      await directoryWriter(path).put("h/a", content(1));
    } finally {
      Deno.umask(before);
    }
    const { text } = await must("stat", ["-c", "%a", path, `${path}/h`, `${path}/h/a`]);
    assert.equal(text, "700\n755\n444\n");
  });
});

Deno.test("an existing store keeps its mode", async () => {
  await withStore(async (path) => {
    await Deno.mkdir(path);
    await Deno.chmod(path, 0o750);
    await directoryWriter(path).put("a", content(1));
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o750);
  });
});

Deno.test("files that a crash left are not listed and do not block a put", async () => {
  await withStore(async (path) => {
    const writer = directoryWriter(path);
    await writer.put("h/a", content(1));
    await Deno.writeFile(`${path}/h/.incoming-0123`, content(5));
    await Deno.mkdir(`${path}/.lost`);
    await Deno.writeFile(`${path}/.lost/b`, content(5));
    await writer.put("h/b", content(1));
    assert.deepEqual(await namesIn(path), ["h/a", "h/b"]);
  });
});

Deno.test("a put that is refused or aborted leaves no file behind", async () => {
  await withStore(async (path) => {
    const writer = directoryWriter(path);
    await writer.put("a", content(1));
    await rejects(writer.put("a", content(2)), "exists");
    const stop = new AbortController();
    const put = writer.put("b", content(4 << 20), stop);
    stop.abort(new Error("enough"));
    await assert.rejects(put, /enough/);
    assert.deepEqual(await filesIn(path), ["a"]);
  });
});

Deno.test("without hard links a claim that a crash left is reported, with what to do", async () => {
  await withStore(async (path) => {
    await withoutLinks(async () => {
      const writer = directoryWriter(path);
      await writer.put("a", content(1));
      assert.deepEqual(await filesIn(path), ["a"]);
      const digest = (await bash(`printf %s ${path}/b | sha256sum | cut -c1-64`)).text.trim();
      await Deno.writeTextFile(`${path}/.claim-${digest}`, "");
      const { hint } = await rejects(writer.put("b", content(1)), "busy");
      assert.match(hint!, /\.claim-/);
      assert.deepEqual(await namesIn(path), ["a"]);
    });
  });
});

Deno.test("links, fifos and names that are not UTF-8 are no objects and nothing is followed", async () => {
  await withStore(async (path) => {
    await directoryWriter(path).put("h/a", content(1));
    await bash(`cd ${path}
      mkdir ../outside; echo secret > ../outside/s
      ln -s a h/link; ln -s ../../outside/s h/out; ln -s ../outside directory; ln -s loop loop; mkfifo h/fifo
      printf x > "h/$(printf 'b\\377ad')"; mkdir "$(printf 'b\\377ad')"; printf x > "$(printf 'b\\377ad')/x"`);
    assert.deepEqual(await namesIn(path), ["h/a"]);
    const reader = directoryReader(path);
    for (const name of ["h/link", "h/out", "directory/s", "directory", "loop", "loop/a", "h/fifo", "h"]) {
      await rejects(reader.get(name, { maxBytes: 100 }), "missing");
    }
  });
});

Deno.test("a store may itself lie behind a link", async () => {
  await withDirectory(async (directory) => {
    await bash(`cd ${directory}; mkdir disk; ln -s disk mount`);
    await directoryWriter(`${directory}/mount/store`).put("h/a", content(7));
    assert.deepEqual(await namesIn(`${directory}/mount/store`), ["h/a"]);
    assert.deepEqual(
      await directoryReader(`${directory}/mount/store/`).get("h/a", { maxBytes: 7 }),
      content(7),
    );
  });
});

Deno.test("a store whose disk is not there is not made somewhere else", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/mount/store`;
    const { hint } = await rejects(directoryWriter(path).put("a", content(1)), "setup");
    assert.match(hint!, /mounted/);
    await rejects(Array.fromAsync(directoryReader(path).list("")), "setup");
    await rejects(directoryReader(path).get("a", { maxBytes: 1 }), "setup");
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  });
});

Deno.test("a file in the place of a directory is reported", async () => {
  await withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/file`, "");
    await rejects(directoryWriter(`${directory}/file`).put("a", content(1)), "setup");
    await rejects(directoryWriter(directory).put("file/a", content(1)), "setup");
    await rejects(Array.fromAsync(directoryReader(`${directory}/file`).list("")), "setup");
  });
});

Deno.test("every error of the system is a StoreError that does not name the object", () => {
  const kinds = {
    EACCES: "denied",
    EPERM: "denied",
    EROFS: "denied",
    ENOSPC: "failed",
    EDQUOT: "failed",
    EIO: "failed",
  };
  for (const [code, kind] of Object.entries({ ...kinds, ESTALE: "busy", EBADF: "failed" })) {
    const thrown = Object.assign(new Error(`Words (os error 9): open '/store/unguessable'`), { code });
    const error = directoryError(thrown, "/store");
    assert.equal(error.kind, kind, code);
    assert.match(error.message, /^\/store: /);
    assert.doesNotMatch(Deno.inspect(error, { depth: 20 }), /unguessable/);
  }
});

Deno.test("a list reports what it passes over, and a directory that it cannot look into is an error without that", () =>
  withDirectory(async (directory) => {
    const store = `${directory}/store`;
    await directoryWriter(store).put("h1/a", new TextEncoder().encode("a"));
    await bash(
      `cd "$0/h1" && ln -s a link && mkfifo fifo && touch .hidden $'\\xff' $'\\xef\\xbf\\xbd' && mkdir $'dir\\xfe' && touch $'dir\\xfe/x'`
        .replace("$0", store),
    );
    const passed: string[] = [];
    const listed = await Array.fromAsync(
      directoryReader(store).list("h1/", { passedOver: (name, why) => passed.push(`${name} ${why?.kind}`) }),
    );
    assert.deepEqual(listed.map(({ name }) => name), ["h1/a", "h1/\ufffd"]);
    assert.deepEqual(passed.sort(), [
      "h1/dir\ufffd/ undefined",
      "h1/fifo undefined",
      "h1/link undefined",
      "h1/\ufffd undefined",
    ]);
    assert.equal((await Array.fromAsync(directoryReader(store).list("h1/"))).length, 2);
    const elsewhere: string[] = [];
    await Array.fromAsync(
      directoryReader(store).list("h1/a", { passedOver: (name) => elsewhere.push(name) }),
    );
    assert.deepEqual(elsewhere, []);
  }));

Deno.test("reading many small objects keeps the thread for a short time only, so that Ctrl-C ends it", () =>
  withStore(async (path) => {
    Deno.mkdirSync(`${path}/h/s`, { recursive: true });
    for (let at = 0; at < 8000; at++) Deno.writeTextFileSync(`${path}/h/s/${at}`, "x");
    const reader = directoryReader(path);
    const works: Record<string, () => Promise<void>> = {
      "a list": async () => {
        for await (const _ of reader.list("h/"));
      },
      "all objects": async () => {
        for (let at = 0; at < 8000; at++) await reader.get(`h/s/${at}`, { maxBytes: 1 });
      },
    };
    for (const [what, work] of Object.entries(works)) {
      const milliseconds = await longestTurn(work);
      assert.ok(milliseconds < 200, `${what}: ${milliseconds} ms`);
    }
  }));
