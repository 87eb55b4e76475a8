/** No export of lib/ is without a use: by name, from the imports as they are written. */
import assert from "node:assert/strict";
import { join } from "node:path/posix";

const ROOT = new URL("../", import.meta.url).pathname;

/** A file: its path from the root, and its text without comments. */
interface Source {
  readonly path: string;
  readonly text: string;
}

/** An exported name that is used in too few places, and why that is one too few. */
interface Idle {
  readonly name: string;
  readonly path: string;
  readonly why: string;
}

const DECLARED = /^export (?:async )?(?:abstract )?(?:function\*?|const|class|interface|type|enum) (\w+)/gm;
const LISTED = /^export (?:type )?\{([^}]*)\}/gm;
const IMPORTED = /(?:import|export) (?:type )?\{([^}]*)\} from "([^"]+)"/g;
const LOADED = /\{([^{}]*)\} = await import\(\s*"([^"]+)"/g;
const THEN = /import\("([^"]+)"\)\.then\(\(\{([^}]*)\}\)/g;

/** The names of a list of imports or exports, as the module calls them. */
function namesIn(list: string): string[] {
  return list.split(",").map((item) => item.trim().replace(/^type /, "").split(/ as |:/)[0]!.trim())
    .filter((name) => name !== "");
}

function exportsOf({ text }: Source): string[] {
  const listed = [...text.matchAll(LISTED)].flatMap(([, list]) =>
    list!.split(",").map((item) => item.trim().replace(/^type /, "").split(" as ").at(-1)!).filter(Boolean)
  );
  return [...[...text.matchAll(DECLARED)].map(([, name]) => name!), ...listed];
}

/** What a file imports, as `path#name`; a whole namespace as `path#*`. */
function importsOf({ path, text }: Source): string[] {
  const found = [
    ...[...text.matchAll(IMPORTED), ...text.matchAll(LOADED)].map(([, list, from]) => [from!, list!]),
    ...[...text.matchAll(THEN)].map(([, from, list]) => [from!, list!]),
    ...[...text.matchAll(/(?:\* as \w+ from|typeof import\() ?"([^"]+)"/g)].map(([, from]) => [from!, "*"]),
  ];
  return found.flatMap(([from, list]) => {
    const target = from!.startsWith("${ROOT}/")
      ? from!.slice("${ROOT}/".length)
      : from === "nightdrop"
      ? "mod.ts"
      : join(path, "..", from!);
    return namesIn(list!).map((name) => `${target}#${name}`);
  });
}

/** Whether a file uses a name that it exports. */
function usesItself({ text }: Source, name: string): boolean {
  return [...text.matchAll(new RegExp(`(?<![\\w$#.])${name}(?!\\w)`, "g"))].length > 1;
}

/**
 * The exports of lib/ without a use. A type may be there for a signature of its own file alone, and a function for its
 * file and a test, since functions of one file are tested through it; nothing is there for tests alone.
 */
function idle(sources: readonly Source[]): Idle[] {
  const [tests, program] = [new Set<string>(), new Set<string>()];
  for (const source of sources) {
    const into = source.path.startsWith("tests/") ? tests : program;
    for (const use of importsOf(source)) into.add(use);
  }
  return sources.filter(({ path }) => path.startsWith("lib/")).flatMap((source) =>
    exportsOf(source).flatMap((name) => {
      const { path } = source;
      if ([name, "*"].some((it) => program.has(`${path}#${it}`))) return [];
      const isType = new RegExp(`^export (?:interface|type) ${name}\\b`, "m").test(source.text);
      const isTested = tests.has(`${path}#${name}`);
      if (usesItself(source, name) && (isType || isTested)) return [];
      return [{ name, path, why: isTested ? "only tests use it" : "nothing imports it" }];
    })
  );
}

function* sourcesBelow(directory: string): Generator<Source> {
  for (const { name, isDirectory } of Deno.readDirSync(`${ROOT}${directory}`)) {
    const path = `${directory}/${name}`;
    if (isDirectory) yield* sourcesBelow(path);
    else if (/\.tsx?$/.test(name)) yield { path, text: withoutComments(Deno.readTextFileSync(ROOT + path)) };
  }
}

function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*\*[\s\S]*?\*\//gm, "").replace(/(^|\s)\/\/ .*$/gm, "$1");
}

Deno.test("every export of lib/ is used outside of its file", () => {
  const files = ["lib", "scripts", "tests"].flatMap((directory) => [...sourcesBelow(directory)]);
  const mod = { path: "mod.ts", text: withoutComments(Deno.readTextFileSync(`${ROOT}mod.ts`)) };
  assert.ok(files.length > 300);
  assert.deepEqual(idle([mod, ...files]), []);
});

Deno.test("an export that nothing uses is found, and so is one for tests alone", () => {
  const file = (path: string, text: string): Source => ({ path, text });
  const found = idle([
    file("lib/a.ts", "export function a(it: A): void {}\nexport interface A {}\nexport const b = 1;\nb;"),
    file("lib/b.ts", 'import { a } from "./a.ts";\nexport const c = a, tested = 1;\nexport const d = 2;'),
    file("lib/c.ts", 'export type { A } from "./a.ts";\nexport class E {}\nexport class F {}\n'),
    file("lib/d.ts", 'const { E } = await import("./c.ts");\n'),
    file("tests/b.test.ts", 'import { d } from "../lib/b.ts";\n'),
    file("scripts/c.ts", 'import type * as all from "../lib/c.ts";\n'),
  ]);
  assert.deepEqual(found.map(({ name, why }) => `${name}: ${why}`), [
    "b: nothing imports it",
    "c: nothing imports it",
    "d: only tests use it",
  ]);
});
