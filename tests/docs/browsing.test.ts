/** The commands of `docs/BROWSING.md`, run as they are printed, on a small tree with the paths that they name. */
import assert from "node:assert/strict";
import { directory, file, writeTree } from "../source/tree.ts";
import { must, run } from "../support/foreign.ts";
import { commandLine } from "../support/nightdrop.ts";
import { ownDirectories } from "../support/own_directories.ts";
import { HOST, withSetup } from "../support/setup.ts";

const text = Deno.readTextFileSync(new URL("../../docs/BROWSING.md", import.meta.url));
const lines = [...text.matchAll(/^ {4}(deno task .*)$/gm)].map((match) => match[1]!);

const TREE = directory({
  etc: directory({ fstab: file("fstab"), "a.conf": file("conf") }),
  srv: directory({ www: directory({ "index.html": file("index"), "access.log": file("log") }) }),
  home: directory({ ann: directory({ notes: file("notes") }) }),
  "nightdrop-dumps": directory({ "app.sql": file("select 1;") }),
});

/** The line for the tree below `source`: its dates are those of today, and its consumers only read. */
function adapted(line: string, source: string): string {
  const today = `${new Date().toISOString().slice(0, 10)}Z`;
  const [command = "", consumer] = line.split(" | ");
  const [, name = "", args = ""] = /^deno task (\S+) ?(.*)$/.exec(command)!;
  const words = commandLine([name]).map((word) => `'${word}'`).join(" ");
  const there = args.replace(/(?<=^| )\/(?=(etc|srv|home|nightdrop-dumps)\b)/g, `${source}/`)
    .replace(/(?<=^| )\d{4}-\d\d-\d\d(?= )/g, (date) => date < "2026-11-15" ? `${date}Z` : today);
  return `set -o pipefail; ${words} ${there} ${consumer === undefined ? "" : "| cat > read"}`;
}

Deno.test("every command of docs/BROWSING.md runs as it is printed", () =>
  withSetup(async (at, source) => {
    writeTree(source, TREE);
    const env = ownDirectories(at);
    await must(...words(["backup", "--host", HOST]), { cwd: at, env });
    assert.ok(lines.length >= 10, `${lines.length} commands`);
    for (const line of lines) {
      const { code, stderr } = await run("bash", ["-c", adapted(line, source)], { cwd: at, env });
      assert.equal(code, 0, `${line}\n${stderr}`);
    }
  }));

function words(args: string[]): [program: string, args: string[]] {
  const [program = "", ...rest] = commandLine(args);
  return [program, rest];
}
