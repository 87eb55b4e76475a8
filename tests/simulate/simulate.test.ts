import assert from "node:assert/strict";

Deno.test("the simulation reports what each way sends and stores, and that every snapshot was restored", async () => {
  const args = ["task", "--quiet", "simulate", "--days", "60", "--files", "60", "--keep", "20"];
  const command = new Deno.Command(Deno.execPath(), { args, stderr: "inherit" });
  const { code, stdout } = await command.output();
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  assert.equal(code, 0);
  const [, full, deduplicated, ...rest] = lines;
  assert.match(full!, /^full backups: \d+ KiB a day, \d+ KiB at most, \d+ KiB stored$/);
  assert.match(deduplicated!, /^deduplication, as restic does it: \d+ KiB a day \(\d+\.\d %\)/);
  assert.match(rest[0]!, /^nightdrop, refreshDays 30: \d+ KiB a day .*is refresh$/);
  for (const kind of ["bucket", "directory"]) {
    assert.match(
      rest.find((line) => line.includes(`with a ${kind}`))!,
      /^60 days with .*: \d+ runs, \d+ of them refused, and each of \d+ snapshots was restored exactly, twice\.$/,
    );
  }
});
