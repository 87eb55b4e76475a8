import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { loadConfig } from "../../lib/config/load.ts";
import { Misuse } from "../../lib/model/failure.ts";
import { withDirectory } from "../support/directory.ts";
import { BASE } from "./base.ts";

const options = { stateDirectory: "/var/lib/nightdrop" };
const VALUE = JSON.stringify(BASE);

async function load(text: string, name = "backup.config.ts"): Promise<string> {
  return await withDirectory(async (directory) => {
    const file = `${directory}/${name}`;
    await Deno.writeTextFile(file, text);
    const hosts = await loadConfig(file, options);
    return [...hosts.values()][0]!.recipients[0]!.file.replace(directory, "DIRECTORY");
  });
}

async function refused(promise: Promise<unknown>, message: RegExp, hint?: RegExp): Promise<void> {
  await assert.rejects(promise, (thrown) => {
    assert.ok(thrown instanceof Misuse, `a Misuse and not ${thrown}`);
    assert.match(thrown.message, message);
    assert.equal(thrown.message, stripVTControlCharacters(thrown.message), "no colours");
    if (hint !== undefined) assert.match(thrown.hint ?? "", hint);
    return true;
  });
}

for (const name of ["backup.config.ts", "c.mts", "c.js", "c.mjs", "with space #1?%20.ts", "ünïcode.ts"]) {
  Deno.test(`a config named ${name} is loaded, and its paths are relative to its directory`, async () => {
    assert.equal(await load(`export default ${VALUE};`, name), "DIRECTORY/keys/backups.asc");
  });
}

Deno.test("a config can be TypeScript with imports", async () => {
  const specifier = new URL("../../lib/config/define.ts", import.meta.url).href;
  const text = `import { defineConfig } from ${JSON.stringify(specifier)};
    const days: number = 3; export default defineConfig({ ...${VALUE}, retention: { days } });`;
  assert.equal(await load(text), "DIRECTORY/keys/backups.asc");
});

Deno.test("a missing config is refused with a hint to create one", async () => {
  await refused(
    loadConfig("/nonexistent/backup.config.ts", options),
    /Cannot find the config/,
    /nightdrop init/,
  );
});

Deno.test("a directory is refused as a config", async () => {
  await withDirectory((directory) => refused(loadConfig(directory, options), /is a directory/));
});

for (const name of ["backup.config.json", "config", "c.ts.bak", "c.yaml"]) {
  Deno.test(`a config named ${name} is refused`, async () => {
    await refused(load(VALUE, name), /it is not a TypeScript or JavaScript file/, /\.ts, \.mts/);
  });
}

for (
  const [title, text, message] of [
    [
      "a syntax error",
      "export default {\n  hosts: { a: [ }\n};",
      /SyntaxError.*[\s\S]*backup\.config\.ts:2:17/,
    ],
    [
      "an unknown variable",
      "\nexport default nope;",
      /nope is not defined\n +at file:.*backup\.config\.ts:2:\d+$/,
    ],
    ["an error of its own", 'throw new Error("boom");', /boom\n +at file:.*backup\.config\.ts:1:\d+$/],
    ["something thrown that is no error", 'throw "boom";', /boom$/],
    ["an import that is not there", 'import "./gone.ts";', /Module not found .*gone\.ts/],
    ["a name that its import does not have", 'import { x } from "node:path"; x;', /does not provide .*'x'/],
  ] as const
) {
  Deno.test(`a config with ${title} is refused with the position`, async () => {
    await refused(
      load(text),
      new RegExp(`^Cannot load the config ".*": [^]*${message.source}`),
      /deno check/,
    );
  });
}

Deno.test("a config that imports an unknown package is refused without the advice to install it", async () => {
  await assert.rejects(load('import "nightdrop-config";'), (thrown) => {
    assert.ok(thrown instanceof Misuse);
    assert.match(thrown.message, /nightdrop-config/);
    return !/deno add/.test(thrown.message);
  });
});

Deno.test("a config without a default export is refused", async () => {
  await refused(load(`export const config = ${VALUE};`), /has no default export/, /export default/);
});

Deno.test("problems of a value name the file", async () => {
  await refused(
    load("export default { hosts: {} };"),
    /^The config ".*backup\.config\.ts" has a problem:\s+hosts: must have at least one host/,
  );
  await refused(load("export default 3;"), /^The config ".*backup\.config\.ts" does not export an object/);
});
