/** The import table of the design: rooms never import each other, and only one room knows each package. */
import assert from "assert";

const ROOMS = [
  "config",
  "source",
  "archive",
  "seal",
  "store",
  "catalog",
  "extract",
  "process",
  "notify",
  "sandbox",
  "schedule",
];

/** What the verbs have in common, by what it is for. To the rooms it is all verbs. */
const BETWEEN = ["send", "read", "check", "attend", "permissions", "provisioning", "threads"];

/** Files and directories on this machine, done once for all: beside `model` the only thing that rooms share. */
const DISK = "disk";

/** Which place may import which: the places are the rooms, `model`, `verbs` (files in lib/), `cli` and `mod`. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  model: ["model"],
  [DISK]: [DISK, "model"],
  ...Object.fromEntries(ROOMS.map((room) => [room, [room, DISK, "model"]])),
  verbs: ["verbs", "model", DISK, ...ROOMS],
  cli: ["cli", "verbs", "model", "config"],
  mod: ["cli", "verbs", "model", ...ROOMS],
};

/** The only place that may import a package. */
const OWNER: Readonly<Record<string, string>> = {
  "npm:/openpgp": "seal",
  "npm:/@aws-sdk/": "store",
  "npm:/@smithy/": "store",
  "npm:/commander": "cli",
  "npm:/fast-check": "tests",
  "node:sqlite": "catalog",
};

interface Graph {
  modules: {
    specifier: string;
    dependencies?: { code?: { specifier: string }; type?: { specifier: string } }[];
  }[];
}

const root = new URL("../", import.meta.url).href;

function place(specifier: string): string | undefined {
  if (!specifier.startsWith(root)) return undefined;
  const path = specifier.slice(root.length);
  if (path === "mod.ts") return "mod";
  if (!path.startsWith("lib/")) return undefined;
  const [, room, file] = path.split("/");
  return file === undefined || BETWEEN.includes(room!) ? "verbs" : room;
}

async function graph(): Promise<Graph> {
  const files = [...filesBelow(new URL("../lib/", import.meta.url)), new URL("../mod.ts", import.meta.url)];
  const modules = new Map<string, Graph["modules"][number]>();
  for (const file of files) {
    const { stdout, code } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", file.pathname],
      stderr: "inherit",
    }).output();
    assert.equal(code, 0, `deno info ${file}`);
    for (const module of (JSON.parse(new TextDecoder().decode(stdout)) as Graph).modules) {
      modules.set(module.specifier, module);
    }
    if (modules.size > 0 && files.every((it) => modules.has(it.href))) break;
  }
  return { modules: [...modules.values()] };
}

function* filesBelow(folder: URL): Generator<URL> {
  for (const entry of Deno.readDirSync(folder)) {
    const url = new URL(entry.name + (entry.isDirectory ? "/" : ""), folder);
    if (entry.isDirectory) yield* filesBelow(url);
    else if (entry.name.endsWith(".ts")) yield url;
  }
}

function broken({ modules }: Graph): string[] {
  const found: string[] = [];
  for (const { specifier, dependencies } of modules) {
    const from = place(specifier);
    if (from === undefined) continue;
    for (const dependency of dependencies ?? []) {
      for (const to of new Set([dependency.code?.specifier, dependency.type?.specifier])) {
        if (to === undefined) continue;
        const target = place(to);
        if (target !== undefined && !MAY[from]?.includes(target)) {
          found.push(`${specifier.slice(root.length)} -> ${to}`);
        }
        for (const [name, owner] of Object.entries(OWNER)) {
          if (packageName(to).startsWith(name) && from !== owner) {
            found.push(`${specifier.slice(root.length)} -> ${to}`);
          }
        }
      }
    }
  }
  return found;
}

/** `npm:/openpgp@6.3.2`, whichever way the specifier is spelled. */
function packageName(specifier: string): string {
  return specifier.replace(/^npm:\/?/, "npm:/");
}

Deno.test("every import in lib/ and mod.ts keeps to the table of rooms", async () => {
  const found = await graph();
  assert.ok(
    found.modules.filter(({ specifier }) => place(specifier)).length > 5,
    "the graph holds our modules",
  );
  assert.deepEqual(broken(found), []);
});

Deno.test("an import that breaks the table is found", () => {
  const at = (path: string): string => root + path;
  const bad = {
    modules: [
      { specifier: at("lib/source/walk.ts"), dependencies: [{ code: { specifier: at("lib/store/s3.ts") } }] },
      { specifier: at("lib/model/entry.ts"), dependencies: [{ code: { specifier: "npm:openpgp@6.3.2" } }] },
      { specifier: at("lib/cli/main.ts"), dependencies: [{ type: { specifier: at("lib/seal/parts.ts") } }] },
    ],
  };
  assert.equal(broken(bad).length, 3);
});

Deno.test("nothing in archive/ or model/ touches the file system or Deno", async () => {
  for (const room of ["archive", "model"]) {
    for (const file of filesBelow(new URL(`../lib/${room}/`, import.meta.url))) {
      const text = await Deno.readTextFile(file);
      assert.doesNotMatch(text, /(?<!")\bDeno\.|node:(fs|os|process|child_process)/, file.pathname);
    }
  }
});
