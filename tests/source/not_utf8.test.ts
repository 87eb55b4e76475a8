import assert from "node:assert/strict";
import type { Trouble } from "../../lib/model/trouble.ts";
import { NotUtf8 } from "../../lib/source/not_utf8.ts";
import { withDirectory } from "../support/directory.ts";
import { bash, must } from "../support/foreign.ts";
import { select, walked } from "./walking.ts";

Deno.test("names that are not UTF-8 are each reported, the first with what can be pasted", () =>
  withDirectory(async (root) => {
    const old = `${root}/it's old`;
    await bash(
      `mkdir -p "$D"; cd "$D"; echo 1 > $'caf\\xe9'; echo 2 > $'\\xff'; echo 3 > $'\\xfe'; echo 4 > good`,
      {
        env: { D: old },
      },
    );
    const { troubles, entries } = walked(select([root]));
    assert.deepEqual(troubles.map(({ kind }) => kind), ["unread", "unread", "unread"]);
    assert.match(troubles[0]!.reason, /^its name is not UTF-8, and Deno cannot open it\. Rename it: /);
    assert.deepEqual(troubles.slice(1).map(({ reason }) => reason), Array(2).fill("its name is not UTF-8"));
    assert.equal(entries.at(-1)!.file, `${old}/good`);

    const [, convmv, config] = /`(convmv [^`]*)`.*`([^`]*)`/.exec(troubles[0]!.reason)!;
    assert.deepEqual(
      (await must("sh", ["-c", convmv!.replace("convmv", "printf '%s\\n'")])).text.split("\n").slice(-2, -1),
      [
        old,
      ],
    );
    const { dumps: [dump], exclude } = await import(
      `data:text/javascript,export default {${encodeURIComponent(config!)}}`
    )
      .then((it) => it.default);
    const { text } = await must("sh", [
      "-c",
      `${dump.command.map((it: string) => `'${it.replaceAll("'", "'\\''")}'`).join(" ")} | tar -t`,
    ]);
    assert.equal(text.trim().split("\n").length, 5);
    assert.deepEqual([dump.name, exclude], ["old.tar", [old]]);
    assert.deepEqual(walked(select([root], { exclude })).troubles, [], "what is excluded is not missing");
  }));

Deno.test("a dump of the root or of a directory with an odd name has a name all the same", () => {
  for (
    const [path, name] of [["/\ufffd", "files.tar"], ["/..a/\ufffd", "a.tar"], [
      "/ü/\ufffd",
      "files.tar",
    ]] as const
  ) {
    const troubles: Trouble[] = [];
    new NotUtf8((trouble) => troubles.push(trouble)).report(path);
    assert.ok(troubles[0]!.reason.includes(`name: "${name}"`), troubles[0]!.reason);
  }
});
