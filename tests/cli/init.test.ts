import assert from "node:assert/strict";
import { run } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { nightdrop } from "../support/nightdrop.ts";
import { denoDirectory } from "../support/program.ts";

Deno.test("init writes to the user's config directory, where the other commands find the config", () =>
  withDirectory(async (home) => {
    const env = { HOME: home, XDG_CONFIG_HOME: "", DENO_DIR: denoDirectory() };
    Deno.mkdirSync(`${home}/elsewhere`);
    const clone = new URL("../../", import.meta.url).pathname;
    const callIn = (cwd: string, ...words: string[]): ReturnType<typeof run> =>
      run(`${clone}nightdrop`, words, { cwd, env });
    const call = (...words: string[]): ReturnType<typeof run> => callIn(`${home}/elsewhere`, ...words);
    const made = await call("init", "--host", "web1");
    assert.equal(made.code, 0, made.stderr);
    const at = `${home}/.config/nightdrop`;
    assert.equal(Deno.statSync(at).mode! & 0o777, 0o700);
    assert.match(Deno.readTextFileSync(`${at}/.gitignore`), /^\*\.private\.asc$/m);
    assert.deepEqual([...Deno.readDirSync(`${home}/elsewhere`)], []);
    for (const word of ["off-line", "shred -u", "lp ", "qrencode"]) {
      assert.ok(made.stderr.includes(word), word);
    }
    const listed = await call("list");
    assert.match(listed.stderr, /access key/, "the config is found");
    Deno.writeTextFileSync(`${home}/elsewhere/backup.config.ts`, "export default {}");
    const nearer = await call("list");
    assert.match(nearer.stderr, /hosts: missing/, "that of the current directory comes first");
    const inClone = await callIn(clone, "list", "web9");
    assert.match(inClone.stderr, /its hosts are "web1"$/m, "but not the example of the clone");
  }));

Deno.test("init refuses a git work tree at any depth, unless it is told", () =>
  withDirectory(async (at) => {
    Deno.mkdirSync(`${at}/clone/.git`, { recursive: true });
    for (const directory of [".", "deep/er"]) {
      const { code, stderr } = await nightdrop(["init", directory], { cwd: `${at}/clone` });
      assert.equal(code, 2);
      assert.match(
        stderr,
        /^error: Cannot create keys in \S+: it is in the git work tree \S+\/clone\nhint: .*--in-git/m,
      );
    }
    assert.deepEqual([...Deno.readDirSync(`${at}/clone`)].map(({ name }) => name), [".git"]);
    const told = await nightdrop(["init", "fleet", "--in-git"], { cwd: `${at}/clone` });
    assert.equal(told.code, 0, told.stderr);
    assert.ok(Deno.statSync(`${at}/clone/fleet/.gitignore`).isFile);
  }));

Deno.test("the config that init writes is checked by its type", () =>
  withDirectory(async (at) => {
    assert.equal((await nightdrop(["init", "fleet"], { cwd: at })).code, 0);
    const file = `${at}/fleet/backup.config.ts`;
    const check = (): ReturnType<typeof run> => run(Deno.execPath(), ["check", "--quiet", file], { cwd: at });
    const good = await check();
    assert.equal(good.code, 0, good.stderr);
    Deno.writeTextFileSync(file, Deno.readTextFileSync(file).replace("retention:", "retentoin:"));
    const { code, stderr } = await check();
    assert.deepEqual([code, /'retentoin' does not exist in type 'Config'/.test(stderr)], [1, true], stderr);
  }));
