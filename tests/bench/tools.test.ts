/** What the contenders are measured at is worth nothing unless they do it. */
import assert from "node:assert/strict";
import type { Contender, Tool } from "../../scripts/bench/contender.ts";
import { missing, TOOLS, toolsFor } from "../../scripts/bench/tools.ts";
import { closeWorkshop, openWorkshop, type Workshop } from "../../scripts/bench/workshop.ts";
import { assertSameTree, directory, file, symlink, writeTree } from "../source/tree.ts";
import { bash, foreignTest } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";

const PROGRAMS = ["gpg", "tar", "zstd", "bzip2", "restic", "borg", "duplicity"];

foreignTest(
  PROGRAMS,
  "every contender stores a tree, once more, and restores and verifies it where it can",
  async (t) =>
    await withWorkshop(async (workshop, source) => {
      const { tools, left } = await toolsFor(Object.keys(TOOLS), workshop, source);
      assert.deepEqual(left, []);
      for (const tool of tools) await t.step(tool.backup.name, () => drill(tool, workshop, source));
    }),
);

async function drill(
  { backup, again, restore, verify }: Tool,
  { directory }: Workshop,
  source: string,
): Promise<void> {
  await perform(backup);
  const first = await filesIn(backup.store!);
  assert.ok(first > 0);
  if (again) {
    await perform(again);
    const more = again.store === undefined ? 0 : 1;
    assert.ok(await filesIn(backup.store!) >= first + more, "the second run leaves the first as it is");
  }
  if (verify) await perform(verify);
  if (!restore) return;
  await perform(restore);
  const [restored] = [...Deno.readDirSync(`${directory}/restored`)];
  assertSameTree(`${directory}/restored/${restored!.name}${source}`, source);
  await bash(`rm -rf ${directory}/restored`);
}

async function perform({ prepare, script }: Contender): Promise<void> {
  await prepare?.();
  await bash(script);
}

async function filesIn(directory: string): Promise<number> {
  return Number((await bash(`find '${directory}' -type f | wc -l`)).text);
}

/** A workshop, and a tree with whole seconds, which is all that tar keeps. */
async function withWorkshop(body: (workshop: Workshop, source: string) => Promise<void>): Promise<void> {
  await withDirectory(async (at) => {
    const [source, mtime] = [`${at}/it's a tree`, 1_700_000_000_000];
    const sub = directory(
      { "b c": file("two\n", { mtime, mode: 0o600 }), link: symlink("../a", { mtime }) },
      {
        mtime,
      },
    );
    writeTree(source, directory({ a: file("one\n".repeat(1000), { mtime }), sub }, { mtime }));
    const workshop = await openWorkshop(`${at}/workshop`);
    try {
      await body(workshop, source);
    } finally {
      await closeWorkshop(workshop);
    }
  });
}

Deno.test("a missing program is reported with its package, and the cases that need it are left out", async () => {
  assert.deepEqual(await missing(["sh", "no-such-program", "tar"]), [
    "no-such-program is missing: apt-get install no-such-program",
  ]);
  const path = Deno.env.get("PATH")!;
  await withWorkshop(async (workshop, source) => {
    Deno.env.set("PATH", await justBash(workshop));
    try {
      const { tools, left } = await toolsFor(["nightdrop", "borg"], workshop, source);
      assert.deepEqual(tools.map((it) => it.backup.name), ["nightdrop"]);
      assert.deepEqual(left, ["Left out: Borg (borg is missing: apt-get install borgbackup)"]);
    } finally {
      Deno.env.set("PATH", path);
    }
  });
});

/** A directory for the PATH in which there is nothing but bash. */
async function justBash({ scratch }: Workshop): Promise<string> {
  await bash(
    `mkdir ${scratch}/bin; ln -s "$(command -v bash)" ${scratch}/bin/bash`.replaceAll(
      scratch,
      `'${scratch}'`,
    ),
  );
  return `${scratch}/bin`;
}
