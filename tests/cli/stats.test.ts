import assert from "node:assert/strict";
import { jsonLines, nightdrop } from "../support/nightdrop.ts";
import { HOST, withSetup } from "../support/setup.ts";

const IDENTITY = ["--identity", "keys/backups.private.asc"];

Deno.test("stats shows what each snapshot and host takes, and what made the last one large", () =>
  withSetup(async (at, source) => {
    const backup = async (): Promise<void> => {
      const { code, stderr } = await nightdrop(["backup", "--host", HOST, "--quiet"], { cwd: at });
      assert.equal(code, 0, stderr);
    };
    await backup();
    Deno.writeTextFileSync(`${source}/large`, "x".repeat(5000));
    Deno.writeTextFileSync(`${source}/small`, "x".repeat(50));
    await backup();

    const listed = jsonLines((await nightdrop(["list", "--json"], { cwd: at })).text);
    const used = jsonLines((await nightdrop(["stats", "--json"], { cwd: at })).text);
    const sizes = listed.map(({ snapshot, entries, bytes, stored }) => [snapshot, entries, bytes, stored]);
    const of = (event: string): Record<string, number>[] => used.filter((it) => it.event === event);
    assert.deepEqual(
      of("use").map(({ snapshot, entries, bytes, stored }) => [snapshot, entries, bytes, stored]),
      sizes,
    );
    const stored = listed.reduce((sum, it) => sum + it.stored, 0);
    assert.deepEqual(of("hostUse"), [{ event: "hostUse", host: HOST, snapshots: 2, stored }]);

    const text = (await nightdrop(["stats", HOST], { cwd: at })).text.split("\n");
    assert.equal(text[1]!.split("\t").length, 8, text[1]);
    assert.match(text[2]!, new RegExp(`^${HOST}: 2 snapshots, .* stored$`));

    const sent = await nightdrop(["stats", "latest", "--sent", "--top", "1", ...IDENTITY], { cwd: at });
    assert.match(
      sent.text,
      new RegExp(`^5000\t${source}/large\n${HOST}/\\w+-\\w+ sent \\d+ entries of .*, .* stored\n$`),
    );
    for (
      const wrong of [["--top", "3"], ["--sent"], ["latest", "--sent"], [`${HOST}/latest`], [
        "--sent",
        "--top",
        "0",
      ]]
    ) {
      const { code, stderr } = await nightdrop(["stats", ...wrong], { cwd: at });
      assert.deepEqual([code, /hint: |usage/.test(stderr)], [2, true], stderr);
    }
  }));
