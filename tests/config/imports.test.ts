import assert from "node:assert/strict";
import { configFiles } from "../../lib/config/imports.ts";
import { withDirectory } from "../support/directory.ts";

const none = (): boolean => false;

Deno.test("configFiles returns the config and its local imports in every syntax", () =>
  withDirectory((at) => {
    Deno.mkdirSync(`${at}/lib`);
    const texts: Record<string, string> = {
      "a.ts": `import { b } from "./b.ts";
        import type { T } from "./types.ts";
        import * as all
          from './lib/c.ts';
        import "./side.ts";
        import data from "./data.json" with { type: "json" };
        import fs from "node:fs"; import x from "npm:x"; import nightdrop from "nightdrop";
        export { d } from "../${at.split("/").at(-1)}/lib/d.ts";
        // import "./only-in-a-comment.ts"
        const e = await import("./e.ts");
        const url = "./not-imported.ts";
        export default {};`,
      "b.ts": `import "./a.ts"; import "file://${at}/f.ts"; export const b = 1;`,
      "types.ts": 'import "./side.ts"; export type T = 1;',
      "side.ts": "",
      "lib/c.ts": "",
      "lib/d.ts": 'import "../loaded.ts";',
      "data.json": "{}",
      "e.ts": "",
      "f.ts": "",
      "loaded.ts": 'import "./never-looked-at.ts";',
      "not-imported.ts": "",
      "never-looked-at.ts": "",
    };
    for (const [name, text] of Object.entries(texts)) Deno.writeTextFileSync(`${at}/${name}`, text);
    const found = configFiles(`${at}/a.ts`, (path) => path === `${at}/loaded.ts`);
    assert.deepEqual(found.map((path) => path.slice(at.length + 1)).sort(), [
      "a.ts",
      "b.ts",
      "data.json",
      "e.ts",
      "f.ts",
      "lib/c.ts",
      "lib/d.ts",
      "side.ts",
    ]);
  }));

Deno.test("configFiles returns nothing for a missing config", () =>
  assert.deepEqual(configFiles("/nowhere/config.ts", none), []));
