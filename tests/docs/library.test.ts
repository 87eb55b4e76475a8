/** The examples in the documentation of `mod.ts`, checked and run as they are printed. */
import assert from "node:assert/strict";
import { run } from "../support/foreign.ts";
import { nightdrop } from "../support/nightdrop.ts";
import { withSetup } from "../support/setup.ts";

const root = new URL("../../", import.meta.url).pathname;
const comment = /^\/\*\*[^]*?\*\//.exec(Deno.readTextFileSync(`${root}mod.ts`))![0].replace(/^ \* ?/gm, "");
const [config, fleet, file, rehearsal] = [...comment.matchAll(/^```ts\n([^]*?)^```$/gm)].map((match) =>
  match[1]!
);

Deno.test("the library examples list the snapshots of a fleet, restore one file and drill", () =>
  withSetup(async (at) => {
    assert.equal((await nightdrop(["backup", "--host", "web1.example.org"], { cwd: at })).code, 0);
    const source = /paths: \["([^"]+)"/.exec(Deno.readTextFileSync(`${at}/backup.config.ts`))![1]!;
    const path = [...Deno.readDirSync(`${at}/${source}`)].find(({ isFile }) => isFile)!.name;
    const wanted = `${at}/${source}/${path}`;
    const scripts = {
      "config.ts": config!,
      "fleet.ts": fleet!,
      "file.ts": file!.replace("/etc/hosts", wanted),
      "drill.ts": rehearsal!,
    };
    for (const [name, text] of Object.entries(scripts)) Deno.writeTextFileSync(`${at}/${name}`, text);
    const deno = async (command: string, ...args: string[]): Promise<string> => {
      const how = [command, "--quiet", `--config=${root}deno.json`, ...args];
      const { code, text: printed, stderr } = await run(Deno.execPath(), how, { cwd: at });
      assert.equal(code, 0, stderr);
      return printed;
    };
    await deno("check", ...Object.keys(scripts).map((name) => `${at}/${name}`));
    assert.match(await deno("run", "-A", `${at}/fleet.ts`), /^web1\.example\.org 2\d{7}T\S+ \d+\n$/);
    assert.equal(await deno("run", "-A", `${at}/file.ts`), "1 entry restored\n");
    assert.deepEqual(Deno.readFileSync(`${at}/restored${wanted}`), Deno.readFileSync(wanted));
    assert.match(
      await deno("run", "-A", `${at}/drill.ts`),
      /^web1\.example\.org: ok, restored of each snapshot: [1-9]\d*\n$/,
    );
  }));
