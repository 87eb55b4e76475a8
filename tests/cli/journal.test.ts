import assert from "node:assert/strict";
import { journalLines, PRIORITY } from "../../lib/cli/journal.ts";
import { must, type Ran, run } from "../support/foreign.ts";
import { commandLine } from "../support/nightdrop.ts";
import { startNightdrop } from "../support/nightdrop.ts";
import { HOST, withSetup } from "../support/setup.ts";

/** Runs a backup whose standard error is a file that `$JOURNAL_STREAM` names, or another. */
async function journaled(
  at: string,
  script: string,
  args: string[] = [],
): Promise<Ran & { journal: string }> {
  const words = commandLine(["backup", "--host", HOST, ...args]).map((word) => `'${word}'`).join(" ");
  const ran = await run("sh", ["-c", `exec 2> journal; ${script}; exec ${words}`], { cwd: at });
  return { ...ran, journal: Deno.readTextFileSync(`${at}/journal`) };
}

const NAMED = 'export JOURNAL_STREAM="$(stat -c %d:%i journal)"';

Deno.test("each line written to the journal has its priority, and no colours or times", () =>
  withSetup(async (at) => {
    const { code, journal, text } = await journaled(at, NAMED);
    assert.equal(code, 3);
    assert.match(text, /^Stored INCOMPLETE/, "data are data");
    const lines = journal.trim().split("\n");
    assert.ok(lines.some((line) => /^<6>The signing key of this host is/.test(line)), journal);
    assert.ok(lines.some((line) => /^<4>warning: unread: .*\/missing: /.test(line)), journal);
    assert.ok(lines.every((line) => /^<[3-7]>/.test(line)), journal);
  }, ', "missing"'));

Deno.test("an error and its hint have different priorities", () =>
  withSetup(async (at) => {
    const { code, journal } = await journaled(at, `${NAMED}; rm keys/backups.asc`);
    assert.equal(code, 2);
    assert.match(journal, /^<3>error: Cannot read the key .*\n<5>hint: /m);
  }));

Deno.test("a standard error that systemd did not open is not treated as the journal", () =>
  withSetup(async (at) => {
    for (const script of ["true", "export JOURNAL_STREAM=1:2", "export JOURNAL_STREAM="]) {
      const { journal } = await journaled(at, script);
      assert.doesNotMatch(journal, /^</m);
    }
  }));

Deno.test("each line of a long message has its priority", () => {
  assert.equal(journalLines("a\nb", PRIORITY.WARNING), "<4>a\n<4>b");
});

Deno.test("a backup continues after its output is closed", () =>
  withSetup(async (at) => {
    const child = startNightdrop(["backup", "--host", HOST, "--verbose"], at);
    await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
    assert.equal((await child.status).code, 0);
    const stored = await must("sh", ["-c", `ls ${at}/store/${HOST}/*/receipt-*`]);
    assert.match(stored.text, /receipt-[0-9a-f]{64}\.json\.asc\n$/);
  }));
