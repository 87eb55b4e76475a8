/** A restore that is killed, and those after it. */
import assert from "node:assert/strict";
import { nightdrop, startNightdrop } from "../support/nightdrop.ts";
import { HOST, withSetup } from "../support/setup.ts";
import { noise } from "../support/sample_tree.ts";
import { assertSameTree } from "../source/tree.ts";

const IDENTITY = ["--identity", "keys/backups.private.asc"];

Deno.test("after a killed restore its staging directory is named, and the same command succeeds", () =>
  withSetup(async (cwd, source) => {
    for (let n = 0; n < 100; n++) Deno.writeFileSync(`${source}/f${n}`, noise(50_000, n));
    assert.equal((await nightdrop(["backup", "--host", HOST], { cwd })).code, 0);
    const command = ["restore", "latest", "--to", "back", ...IDENTITY];
    const child = startNightdrop(command, cwd);
    while (recordedLines(`${cwd}/back`) < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill("SIGKILL");
    await Promise.all([child.status, child.stdout.cancel(), child.stderr.cancel()]);
    const [stage] = Deno.readDirSync(`${cwd}/back`).map(({ name }) => name).toArray().sort();
    assert.match(stage!, /^\.nightdrop-restore-/);

    const other = await nightdrop(["restore", "latest", "a.conf", "--to", "back", ...IDENTITY], { cwd });
    assert.equal(other.code, 0, other.stderr);
    assert.match(other.stderr, new RegExp(`warning: ".*/${stage}" holds decrypted files.*rm -rf .*${stage}`));

    const again = await nightdrop([...command, "--overwrite"], { cwd });
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stderr, /Continuing a restore/);
    assertSameTree(`${cwd}/back${source}`, source);
    assert.equal(Deno.readDirSync(`${cwd}/back`).toArray().length, 1, "nothing is left of it");
  }, ` ], partSize: "256 KiB", exclude: [ `));

/** How many lines the record of a restore in a target has. */
function recordedLines(target: string): number {
  try {
    const { name } = Deno.readDirSync(target).find((it) => it.name.endsWith(".done"))!;
    return Deno.readTextFileSync(`${target}/${name}`).split("\n").length - 1;
  } catch {
    return 0;
  }
}
