/** Finds the tests and groups them into suites that run at the same time. */
import { dirname, join, relative, resolve } from "node:path/posix";

/** Test files that one `deno test` runs. */
export interface Suite {
  readonly name: string;
  readonly files: readonly string[];
}

/** Directories with the longest tests. They start first, so that no long suite runs alone at the end. */
const LONGEST = [
  "cli",
  "docs",
  "backup",
  "artefacts",
  "provisioning",
  "scripts",
  "store",
  "snapshots",
  "seal",
  "process",
  "drill",
];

/** The tests below a directory: a suite for each of its directories, and one for its own files. Of a file, one for itself. */
export function suitesIn(root: string): Suite[] {
  if (root.endsWith(".ts")) return [{ name: root, files: [root] }];
  const suites = new Map<string, string[]>();
  for (const file of testsBelow(root)) {
    const [name] = relative(root, file).split("/");
    const suite = name!.endsWith(".ts") ? "." : name!;
    suites.set(suite, [...suites.get(suite) ?? [], file]);
  }
  return [...suites].map(([name, files]) => ({ name, files })).sort((a, b) => rank(a) - rank(b));
}

function rank({ name }: Suite): number {
  const at = LONGEST.indexOf(name);
  return at < 0 ? LONGEST.length : at;
}

function testsBelow(directory: string): string[] {
  return [...Deno.readDirSync(directory)].sort((a, b) => a.name < b.name ? -1 : 1).flatMap(
    ({ name, isDirectory }) => {
      const path = join(directory, name);
      if (isDirectory) return testsBelow(path);
      return name.endsWith(".test.ts") ? [path] : [];
    },
  );
}

/** Returns the suites without the files that start programs or servers, or that test code outside `lib/`. */
export function unitSuites(suites: readonly Suite[]): Suite[] {
  return suites.filter(({ name }) => !["scripts", "simulate", "bench"].includes(name))
    .map(({ name, files }) => ({ name, files: files.filter((file) => !startsOthers(file)) }))
    .filter(({ files }) => files.length > 0);
}

/** How tests start programs and servers; `lib/process` and the check of dumps start them for those that test it. */
const STARTS =
  /\bDeno\.(Command|serve|listen|execPath)\b|"node:(http|https|net|tls)"|\/lib\/process\/|\/lib\/drill\/dump_check|foreignTest/;

/** Statements that import a module by a relative path, not text in a test that looks like one. */
const IMPORTS = /^(?:import|export|\}).* from "(\.[^"]+)";$/gm;

/** Whether a test, or something of `tests/` or `scripts/` that it imports, starts a program or a server. */
export function startsOthers(file: string, seen = new Set<string>()): boolean {
  const path = resolve(file);
  if (seen.has(path) || path.includes("/lib/")) return false;
  seen.add(path);
  const text = Deno.readTextFileSync(path);
  return STARTS.test(text) ||
    [...text.matchAll(IMPORTS)].some(([, module]) => startsOthers(join(dirname(path), module!), seen));
}
