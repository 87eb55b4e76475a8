/** What `files` prints, and what is not there, as arguments of `files` and `restore`. */
import assert from "node:assert/strict";
import { jsonLines, nightdrop } from "../support/nightdrop.ts";
import { HOST, withSetup } from "../support/setup.ts";

const NAMES = [
  "inv[1].txt",
  "a*b",
  "what?",
  "tab\tname",
  "line\nbreak",
  "back\\slash",
  "[!x]",
  "open[",
  "\u202ereordered",
];
const IDENTITY = ["--identity", "keys/backups.private.asc"];

Deno.test("files and restore accept the same paths", async (t) => {
  await withSetup(async (cwd, source) => {
    for (const name of NAMES) Deno.writeTextFileSync(`${source}/${name}`, name);
    assert.equal((await nightdrop(["backup", "--host", HOST], { cwd })).code, 0);

    await t.step("restore accepts every path that files prints", async () => {
      const { text } = await nightdrop(["files", "latest", ...IDENTITY], { cwd });
      const printed = text.trim().split("\n").filter((line) => line.startsWith("-"))
        .map((line) => line.slice(line.indexOf(" /") + 1));
      assert.equal(printed.length, NAMES.length + 2);
      const { code, stderr } = await nightdrop(
        ["restore", "latest", ...printed, "--to", "all", ...IDENTITY],
        { cwd },
      );
      assert.equal(code, 0, stderr);
      for (const name of NAMES) assert.equal(Deno.readTextFileSync(`${cwd}/all${source}/${name}`), name);
    });

    await t.step(
      "restore names each glob without a match, restores the rest, and exits with 1",
      async () => {
        const globs = [`${source}/a.conf`, `${source}/typo`, "*.none"];
        const { code, stderr, text } = await nightdrop(
          ["restore", "latest", ...globs, "--to", "some", "--json", ...IDENTITY],
          { cwd },
        );
        assert.equal(code, 1, stderr);
        const events = jsonLines(text);
        assert.deepEqual(events.at(-1).unmatched, globs.slice(1));
        assert.equal(
          events.filter(({ event, text }) => event === "warning" && /matches/.test(text)).length,
          2,
        );
        assert.equal(Deno.readTextFileSync(`${cwd}/some${source}/a.conf`), "one\n");
      },
    );

    await t.step("files names globs without a match", async () => {
      const { code, stderr, text } = await nightdrop(["files", "latest", "a.conf", "typo", ...IDENTITY], {
        cwd,
      });
      assert.equal(code, 1);
      assert.match(stderr, /warning: Nothing in the snapshot matches "typo"/);
      assert.match(text, /a\.conf/);
    });

    await t.step("hints do not suggest what was already given or would not help", async () => {
      const restore = async (more: string[] = [], wanted = 1): Promise<string> => {
        const { code, stderr } = await nightdrop(
          ["restore", "latest", "--to", "hints", ...more, ...IDENTITY],
          { cwd },
        );
        assert.equal(code, wanted, stderr);
        return stderr;
      };
      Deno.mkdirSync(`${cwd}/hints${source}`, { recursive: true });
      Deno.writeTextFileSync(`${cwd}/hints${source}/a.conf`, "mine");
      assert.match(await restore(), /hint: .*--overwrite/);
      Deno.mkdirSync(`${cwd}/hints${source}/a*b`);
      assert.doesNotMatch(await restore(), /--overwrite/);
      assert.doesNotMatch(await restore(["--overwrite"], 4), /--overwrite/);
    });
  });
});
