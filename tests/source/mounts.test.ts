import assert from "node:assert/strict";
import { bash, foreignTest } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { below, rootTest, select, walkApart, walkCommand, walked } from "./walking.ts";
import type { Walked } from "./walk_main.ts";

/** All names in the root but `keep`, to be left out. */
function othersInRoot(keep: string[]): string[] {
  return [...Deno.readDirSync("/")].map(({ name }) => `/${name}`).filter((path) => !keep.includes(path));
}

const KERNEL = ["/dev", "/proc", "/sys"];

for (const permissions of [["--allow-read=/", "--allow-sys=statfs"], ["--allow-all"]]) {
  Deno.test(`below the root the kernel's directories are stored empty, and reported, with ${permissions}`, async () => {
    const { entries, troubles } = await walkApart(
      select(["/"], { exclude: othersInRoot(KERNEL) }),
      permissions,
    );
    assert.deepEqual(entries.map(({ path, type, mode }) => [path, type, mode]), [
      ["dev", "directory", 0o755],
      ["proc", "directory", 0o755],
      ["sys", "directory", 0o755],
    ]);
    assert.deepEqual(troubles.map(({ kind, path }) => [kind, path]), KERNEL.map((path) => ["skipped", path]));
  });
}

Deno.test("the kernel's directories can be excluded like any other", () => {
  const { entries, troubles } = walked(select(["/"], { exclude: [...othersInRoot(["/proc"]), "proc/"] }));
  assert.deepEqual([entries, troubles], [[], []]);
});

/** Walks in a namespace of mounts with a tmpfs on `data`, and on `data/proc`, `data/more` and a file what they say. */
async function walkMounts(root: string, permissions: string[], rules: object = {}): Promise<Walked> {
  const command = [Deno.execPath(), ...walkCommand(select([root], rules), permissions)];
  const script = `
    cd ${root}
    mkdir data && mount -t tmpfs none data
    mkdir data/proc data/more && mount -t proc none data/proc && mount -t tmpfs none data/more
    echo 1 > data/more/file
    touch data/namespace && mount --bind /proc/self/ns/net data/namespace
    echo x > data/copy
    touch data/bound && mount --bind data/more/file data/bound
    "$@"`;
  const inner = [
    "unshare",
    "--mount",
    "--propagation",
    "private",
    "bash",
    "-euc",
    script,
    "walk",
    ...command,
  ];
  const quoted = inner.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  return JSON.parse((await bash(quoted)).text) as Walked;
}

const scoped = (root: string): string[] => [`--allow-read=${root}`];

if (Deno.uid() === 0 || Deno.env.get("CI")) {
  foreignTest(["unshare"], "mounted data are walked, what the kernel makes up is not", async () => {
    await withDirectory(async (root) => {
      const { entries, troubles } = await walkMounts(root, [...scoped(root), "--allow-sys=statfs"]);
      assert.deepEqual(below(root, entries), [
        "data",
        "data/bound",
        "data/copy",
        "data/more",
        "data/more/file",
        "data/proc",
      ]);
      assert.deepEqual(troubles.map(({ kind, path }) => [kind, path.slice(root.length + 1)]), [
        ["skipped", "data/namespace"],
        ["skipped", "data/proc"],
      ]);
      assert.match(troubles[0]!.reason, /nsfs/);
      assert.match(troubles[1]!.reason, /\(proc\)/);
    });
  });

  foreignTest(
    ["unshare"],
    "with oneFileSystem a mount point is stored as an empty directory, and reported",
    async () => {
      await withDirectory(async (root) => {
        const rules = { oneFileSystem: true };
        const { entries, troubles } = await walkMounts(root, [...scoped(root), "--allow-sys=statfs"], rules);
        assert.deepEqual(below(root, entries), ["data"]);
        assert.deepEqual(troubles.map(({ kind, path }) => [kind, path]), [["skipped", `${root}/data`]]);
        assert.match(troubles[0]!.reason, /another file system/);
      });
    },
  );

  foreignTest(
    ["unshare"],
    "without the permission to determine a file system nothing below it is walked, and this is reported",
    async () => {
      await withDirectory(async (root) => {
        const { entries, troubles } = await walkMounts(root, scoped(root));
        assert.deepEqual(below(root, entries), ["data"]);
        assert.deepEqual(troubles.map(({ kind, path }) => [kind, path]), [["unread", `${root}/data`]]);
        assert.match(troubles[0]!.reason, /cannot determine the file system mounted here/);
      });
    },
  );
}

rootTest("a declared mount of the kernel is walked as declared", async () => {
  const { entries, troubles } = await walkApart(
    select(["/sys/devices/virtual/net/lo"], { exclude: ["*/", "speed", "duplex"] }),
    ["--allow-all"],
  );
  assert.ok(entries.some(({ path }) => path === "sys/devices/virtual/net/lo/mtu"));
  assert.ok(troubles.every(({ kind }) => kind !== "skipped"));
});
