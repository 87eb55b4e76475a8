/** The README: its commands in a copy of the checkout, its examples, its length. */
import assert from "node:assert/strict";
import { loadConfig } from "../../lib/config/load.ts";
import { must, run } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { blocks } from "./blocks.ts";
import { withInstalled } from "./clone.ts";
import { commands, declare, namesTest, pin, TEST } from "./readme_commands.ts";

const root = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");
Deno.test("the README names the command by which .ci/run runs the tests", () => {
  assert.ok(namesTest);
  assert.match(Deno.readTextFileSync(`${root}/.ci/run`), new RegExp(`^${TEST.replaceAll(".", "\\.")} `, "m"));
});

Deno.test("the README has at most 900 words", () => {
  const words = Deno.readTextFileSync(`${root}/README.md`).split(/\s+/).filter(Boolean);
  assert.ok(words.length <= 900, `${words.length}`);
});

Deno.test("the first command of the README prints what the README shows", () =>
  withInstalled(async (clone, env) => {
    const first = commands[0]!;
    assert.equal(first, "./nightdrop quickstart docs");
    await must("cp", ["-r", `${root}/docs`, clone]);
    const { code, text, stderr } = await run("sh", ["-c", first], { cwd: clone, env });
    assert.equal(code, 0, stderr);
    const shown = blocks("README.md", "text")[0]!.trim().split("\n");
    const shape = (line: string): string =>
      line.replace(/\d[\d.,]*/g, "1").replace(/ (?:KiB|MiB) /g, " KiB ");
    const printed = text.split("\n").map((line) => shape(line.replace(`${clone}/`, "/home/me/nightdrop/")));
    for (const line of shown) assert.ok(printed.some((it) => it.startsWith(shape(line).slice(0, 30))), line);
    assert.equal(Deno.statSync(`${clone}/quickstart/keys/backups.private.asc`).mode! & 0o777, 0o600);
  }));

Deno.test("the commands of the README, pasted in their order, lead from nothing to a restored file", () =>
  withInstalled(async (clone, env, home) => {
    const bin = clone.replace(/clone$/, "bin");
    const config = `${home}/.config/nightdrop/backup.config.ts`;
    Deno.removeSync(`${bin}/nightdrop`);
    Deno.mkdirSync(`${clone}/docs`);
    for (const command of commands) {
      const line = command.replace("/usr/local/bin", bin)
        .replace("--install", `--install --root ${clone}/image`);
      const { code, stderr, text } = await run("sh", ["-c", line], { cwd: clone, env });
      assert.equal(code, 0, `${line}: exit ${code}\n${stderr}\n${text}`);
      if (line.includes(" init ")) declare(config, { store: `${clone}/store`, state: "state" });
      if (line.includes(" backup ") && !line.includes("--dry-run")) pin(config, stderr);
    }
    assert.equal(Deno.readTextFileSync(`${clone}/restored/etc/passwd`), Deno.readTextFileSync("/etc/passwd"));
  }, { npm: "exit 0" }));

Deno.test("the example configs of the README and the repository are valid", () =>
  withDirectory(async (directory) => {
    const [config] = blocks("README.md", "ts");
    Deno.writeTextFileSync(`${directory}/readme.config.ts`, config!);
    const names = async (file: string): Promise<string[]> =>
      [...(await loadConfig(file, { stateDirectory: "/var/lib/nightdrop" })).keys()].sort();
    assert.deepEqual(await names(`${directory}/readme.config.ts`), ["web1.example.org"]);
    assert.deepEqual(await names(`${root}/backup.config.ts`), [
      "db1.example.org",
      "web1.example.org",
    ]);
  }));
