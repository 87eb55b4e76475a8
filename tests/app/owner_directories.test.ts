import assert from "node:assert/strict";
import { ownerDirectories } from "../../lib/app/owner_directories.ts";
import { withDirectory } from "../support/directory.ts";

const SCRIPT = new URL("../../lib/permissions/owner_directories.sh", import.meta.url).pathname;

const USER = 1000;

type Variables = Readonly<Record<string, string>>;

/** Returns what the script prints for a user who is not root. */
async function printed(env: Variables): Promise<string[]> {
  const functions =
    `id() { echo ${USER}; }; mkdir() { case $2 in /var/*) ;; *) command mkdir "$@" ;; esac; }; . "$0"`;
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", functions, SCRIPT, "cache", "records"],
    clearEnv: true,
    env: { PATH: "/usr/bin:/bin", ...env },
  }).output();
  return new TextDecoder().decode(stdout).split(",");
}

function derived(env: Variables, uid = USER): string[] {
  return ownerDirectories(["cache", "records"], uid, (name) => env[name]);
}

const CASES: readonly [what: string, env: (directory: string) => Variables, paths: readonly string[]][] = [
  ["a home directory", (home) => ({ HOME: home }), [
    "D/.cache/nightdrop/stores",
    "D/.local/state/nightdrop/.records",
  ]],
  ["XDG directories", (d) => ({ HOME: "/nowhere", XDG_CACHE_HOME: `${d}/c`, XDG_STATE_HOME: `${d}/s` }), [
    "D/c/nightdrop/stores",
    "D/s/nightdrop/.records",
  ]],
  [
    "XDG directories that are not absolute",
    (home) => ({ HOME: home, XDG_CACHE_HOME: "c", XDG_STATE_HOME: "s" }),
    [
      "D/.cache/nightdrop/stores",
      "D/.local/state/nightdrop/.records",
    ],
  ],
  ["blanks in the path", (d) => ({ HOME: `${d}/my home` }), [
    "D/my home/.cache/nightdrop/stores",
    "D/my home/.local/state/nightdrop/.records",
  ]],
  ["the directory of the standalone executable", (d) => ({ HOME: d, NIGHTDROP_CACHE: `${d}/n` }), [
    "D/n/stores",
    "D/.local/state/nightdrop/.records",
  ]],
  ["named directories", (d) => ({ HOME: d, NIGHTDROP_CACHE: `${d}/n`, NIGHTDROP_STATE: `${d}/s` }), [
    "D/n/stores",
    "D/s/.records",
  ]],
  ["a named directory that is not absolute", (home) => ({ HOME: home, NIGHTDROP_STATE: "s" }), [
    "D/.cache/nightdrop/stores",
    "D/.local/state/nightdrop/.records",
  ]],
  ["no home directory", () => ({}), ["/var/cache/nightdrop/stores", "/var/lib/nightdrop/.records"]],
];

for (const [what, env, paths] of CASES) {
  Deno.test(`the task and the program name the same directories of the owner: ${what}`, () =>
    withDirectory(async (directory) => {
      const expected = paths.map((path) => path.replace(/^D/, directory));
      assert.deepEqual(derived(env(directory)), expected);
      assert.deepEqual(await printed(env(directory)), expected);
      assert.deepEqual(derived(env(directory)), expected, "with the parents that the script created");
    }));
}

Deno.test("the owner's directories are real paths below a linked home directory", () =>
  withDirectory(async (directory) => {
    Deno.mkdirSync(`${directory}/real`);
    Deno.symlinkSync("real", `${directory}/link`);
    const env = { HOME: `${directory}/link` };
    const expected = [
      `${directory}/real/.cache/nightdrop/stores`,
      `${directory}/real/.local/state/nightdrop/.records`,
    ];
    assert.deepEqual(derived(env), expected);
    assert.deepEqual(await printed(env), expected);
    assert.deepEqual(derived(env), expected);
  }));

Deno.test("a home directory with a comma grants nothing below it", () =>
  withDirectory(async (directory) => {
    const paths = await printed({ HOME: `${directory}/a,b` });
    assert.deepEqual(paths, ["/var/empty/nightdrop", "/var/empty/nightdrop"]);
  }));

Deno.test("root has system directories, whatever a user's directories are", () => {
  assert.deepEqual(derived({ HOME: "/root", XDG_CACHE_HOME: "/c", XDG_STATE_HOME: "/s" }, 0), [
    "/var/cache/nightdrop/stores",
    "/var/lib/nightdrop/.records",
  ]);
});
