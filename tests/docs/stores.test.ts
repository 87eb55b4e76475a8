/** The commands of `docs/STORES.md`, run as they are printed. */
import assert from "node:assert/strict";
import { run } from "../support/foreign.ts";
import { pastBackup } from "../support/past_backup.ts";
import { pinSigner } from "../support/pin_signer.ts";
import { withClone } from "./clone.ts";

/** Lines of shell below each heading. */
const sections = new Map(
  Deno.readTextFileSync(new URL("../../docs/STORES.md", import.meta.url)).split(/^## /m).map((section) => {
    const blocks = [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1]!.trim());
    return [section.slice(0, section.indexOf("\n")), blocks.join("\n").split("\n").filter(Boolean)];
  }),
);

Deno.test("every command of docs/STORES.md is run by one of these tests", () => {
  const run = ["Removing old snapshots from a directory"];
  const others = [...sections].filter(([name, lines]) => !run.includes(name) && lines.length > 0);
  assert.deepEqual(others, []);
});

Deno.test("the commands of docs/STORES.md remove old snapshots from a directory", () =>
  withClone(async (clone, env) => {
    const call = async (line: string): Promise<string> => {
      const { code, stderr, text } = await run("sh", ["-c", line], { cwd: clone, env });
      assert.equal(code, 0, `${line}: exit ${code}\n${stderr}\n${text}`);
      return text;
    };
    const config = "fleet/backup.config.ts";
    const backup = `deno task backup --config ${config} --host web1.example.org --full`;
    await call(`deno task init --host web1.example.org --config ${config}`);
    const text = Deno.readTextFileSync(`${clone}/${config}`)
      .replace(/^ {2}store: .*$/m, '  store: { kind: "directory", path: "store" }, state: "state",')
      .replace(/paths: \[.*\]/, 'paths: ["/etc/hosts"]');
    Deno.writeTextFileSync(`${clone}/${config}`, text);
    await pastBackup(`${clone}/${config}`, "web1.example.org", 212);
    await pinSigner(clone, config);
    await call(`${backup} && mv fleet/state elsewhere`);
    const printed = [];
    for (const line of sections.get("Removing old snapshots from a directory")!) {
      printed.push(await call(line));
    }
    assert.match(printed[0]!, /would remove 1 snapshot, .*; 1 snapshot kept/);
    assert.match(printed[1]!, /^removed web1/);
  }));
