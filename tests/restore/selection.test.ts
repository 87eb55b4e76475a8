/** What of a snapshot is restored, and to which paths: `--exclude` and `--strip`. */
import assert from "node:assert/strict";
import { Failure, Misuse } from "../../lib/model/failure.ts";
import { printable } from "../../lib/model/printable.ts";
import { files } from "../../lib/snapshots/files.ts";
import { assertTree, directory, file, hardlink, symlink } from "../source/tree.ts";
import { restoredSource, type Scenario, withScenario } from "../support/scenario.ts";

const TREE = directory({
  a: file("a"),
  www: directory({
    "index.html": file("index"),
    "access.log": file("log"),
    "inv[1].txt": file("1"),
    logs: directory({ "b.log": file("b"), keep: file("keep") }),
    link: symlink("index.html"),
    other: hardlink("www/index.html"),
  }, { mode: 0o750 }),
  "back\\slash": directory({ "tab\tname": directory({ f: file("f") }) }),
});

const WWW = {
  "index.html": file("index"),
  link: symlink("index.html"),
  other: hardlink("index.html"),
  "inv[1].txt": file("1"),
};

const EXCLUDED = {
  "a name anywhere": [["*.log"], { ...WWW, logs: directory({ keep: file("keep") }) }],
  "a directory": [["logs/"], { ...WWW, "access.log": file("log") }],
  "a path": [["SOURCE/www/logs", "SOURCE/www/access.log"], WWW],
  "a path with brackets": [["SOURCE/www/inv[1].txt", "logs", "*.log"], {
    "index.html": WWW["index.html"],
    link: WWW.link,
    other: WWW.other,
  }],
} as const;

for (const [what, [globs, expected]] of Object.entries(EXCLUDED)) {
  Deno.test(`--exclude leaves out ${what} of what is selected`, () =>
    withScenario(TREE, async (scenario) => {
      await scenario.backup();
      const exclude = globs.map((glob) => glob.replace("SOURCE", scenario.source));
      const { unmatched } = await scenario.restore({ globs: [`${scenario.source}/www`], exclude });
      assertTree(`${restoredSource(scenario)}/www`, directory(expected));
      assert.deepEqual(unmatched, []);
    }));
}

Deno.test("--exclude works without globs, and what it does not match is reported", () =>
  withScenario(TREE, async (scenario) => {
    await scenario.backup();
    const { unmatched } = await scenario.restore({ exclude: ["www", "*.none"] });
    assert.deepEqual(unmatched, ["*.none"]);
    assert.deepEqual([...Deno.readDirSync(restoredSource(scenario))].map(({ name }) => name).sort(), [
      "a",
      "back\\slash",
    ]);
  }));

Deno.test("a selected hard link also restores its file, although that is excluded", () =>
  withScenario(TREE, async (scenario) => {
    await scenario.backup();
    await scenario.restore({ exclude: ["index.html"] });
    assert.equal(Deno.readTextFileSync(`${restoredSource(scenario)}/www/other`), "index");
  }));

/** Restores with `--strip`, given as `files` prints it or as it is. */
async function stripped(scenario: Scenario, path: string, globs = [path]): Promise<string> {
  const target = `${scenario.directory}/stripped`;
  await scenario.restore({ target, globs, strip: path });
  return target;
}

for (const name of ["a", "www/link", "www/other"]) {
  Deno.test(`--strip refuses ${name}, which is not a directory, and names its directory`, () =>
    withScenario(TREE, async (scenario) => {
      await scenario.backup();
      const path = `${scenario.source}/${name}`;
      await assert.rejects(stripped(scenario, path), (error) => {
        assert.ok(error instanceof Misuse);
        assert.equal(error.message, `Cannot strip "${path}": it is not a directory in this snapshot`);
        assert.equal(error.hint, `Strip its directory: --strip ${path.slice(0, path.lastIndexOf("/"))}`);
        return true;
      });
      assert.throws(() => Deno.statSync(`${scenario.directory}/stripped`), Deno.errors.NotFound);
    }));
}

for (const path of ["www", "www/", "back\\slash", "back\\slash/tab\tname"]) {
  for (const form of new Set([path, printable(path)])) {
    Deno.test(`--strip ${JSON.stringify(form)} restores what is in the directory, without the directories above`, () =>
      withScenario(TREE, async (scenario) => {
        await scenario.backup();
        const target = await stripped(scenario, `${scenario.source}/${form}`);
        const source = `${scenario.source}/${path}`;
        const names = (directory: string): string[] =>
          [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
        assert.deepEqual(names(target), names(source));
        if (!path.startsWith("www")) return;
        const { mode } = Deno.statSync(`${target}/index.html`);
        assert.equal(mode, Deno.statSync(`${source}/index.html`).mode);
        assert.equal(Deno.statSync(`${target}/other`).ino, Deno.statSync(`${target}/index.html`).ino);
      }));
  }
}

Deno.test("--strip of the root changes nothing", () =>
  withScenario(TREE, async (scenario) => {
    await scenario.backup();
    assert.ok(Deno.statSync(`${await stripped(scenario, "/")}${scenario.source}/a`).isFile);
  }));

Deno.test("--strip refuses entries outside of the path, before anything is fetched, with a hint", () =>
  withScenario(TREE, async (scenario) => {
    await scenario.backup();
    await assert.rejects(stripped(scenario, `${scenario.source}/www`, []), (error) => {
      assert.ok(error instanceof Misuse);
      assert.match(error.message, /^Cannot strip "\/.*\/www" from what is not below it:\n {2}\/.*\/a\n/);
      assert.match(error.hint!, /add "\/.*\/www" after the snapshot$/);
      return true;
    });
    assert.throws(() => Deno.statSync(`${scenario.directory}/stripped`), Deno.errors.NotFound);
  }));

for (const path of ["..", "a/../b", "a//b", "a\0"]) {
  Deno.test(`--strip ${JSON.stringify(path)} is no path of a directory`, () =>
    withScenario(TREE, async (scenario) => {
      await scenario.backup();
      await assert.rejects(stripped(scenario, path), Misuse);
    }));
}

Deno.test("--strip merges into a target, and what is in the way is named by the path that it has there", () =>
  withScenario(TREE, async (scenario) => {
    await scenario.backup();
    const target = await stripped(scenario, `${scenario.source}/www`);
    await assert.rejects(
      stripped(scenario, `${scenario.source}/www`),
      /Would overwrite.*\n.*"access.log" exists already/,
    );
    Deno.removeSync(`${target}/access.log`);
    await scenario.restore({
      target,
      globs: [`${scenario.source}/www`],
      strip: `${scenario.source}/www`,
      overwrite: true,
    });
    assert.equal(Deno.readTextFileSync(`${target}/access.log`), "log");
  }));

Deno.test("files without any match fails like restore, and names each of several globs", () =>
  withScenario(TREE, async (scenario) => {
    await scenario.backup();
    const snapshot = await scenario.snapshot();
    for (const globs of [["*.none"], ["*.none", "/nothing"]]) {
      const messages = await Promise.all([
        Array.fromAsync(files(snapshot, globs, scenario.store.reader, scenario.identities, scenario.run)),
        scenario.restore({ globs }),
      ].map((it) =>
        assert.rejects(it, Failure).then(() => it.then(() => "", (error) => `${error.message} ${error.hint}`))
      ));
      assert.equal(messages[0], messages[1]);
    }
  }));
