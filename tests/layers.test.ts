/** The import table: which directory of lib/ may import which, and which alone knows a package. */
import assert from "node:assert/strict";

/** Directories of one concern each, which know nothing of each other. `disk` serves those that write files of a host. */
const ROOMS = [
  "source",
  "archive",
  "seal",
  "store",
  "catalog",
  "extract",
  "config",
  "process",
  "notify",
  "sandbox",
];

/** What every job may import, beside the other jobs of its row. */
const COMMON = ["app", "workers", ...ROOMS, "disk", "model", "buffers"];

/** A row for each directory of lib/: what it may import beside itself. Nothing else is allowed, types included. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  "mod.ts": [
    "cli",
    "backup",
    "upload",
    "restore",
    "drill",
    "status",
    "verify",
    "snapshots",
    "setup",
    "provisioning",
    "permissions",
    ...COMMON,
  ],
  cli: [
    "setup",
    "backup",
    "upload",
    "drill",
    "restore",
    "status",
    "verify",
    "snapshots",
    "provisioning",
    "schedule",
    "permissions",
    ...COMMON,
  ],
  "start.ts": ["cli", "mod.ts"],
  "worker.ts": ["backup", "snapshots", "workers"],
  setup: ["backup", "restore", "verify", "snapshots", ...COMMON],
  upload: ["backup", ...COMMON],
  backup: ["snapshots", ...COMMON],
  drill: ["restore", "snapshots", ...COMMON],
  restore: ["snapshots", ...COMMON],
  status: ["verify", "snapshots", ...COMMON],
  verify: ["snapshots", ...COMMON],
  snapshots: COMMON,
  provisioning: ["snapshots", "schedule", "permissions", ...COMMON],
  schedule: ["permissions", ...COMMON],
  permissions: COMMON,
  app: [...ROOMS, "disk", "model", "buffers"],
  workers: ["model", "buffers"],
  ...Object.fromEntries(ROOMS.map((room) => [room, ["disk", "model", "buffers"]])),
  archive: ["model", "buffers"],
  disk: ["model"],
  model: ["buffers"],
  buffers: [],
};

/** The only directory that may import a package. */
const OWNER: Readonly<Record<string, string>> = {
  "npm:/openpgp": "seal",
  "npm:/@aws-sdk/": "store",
  "npm:/@smithy/": "store",
  "npm:/commander": "cli",
  "npm:/hono": "status",
  "npm:/jsonc-parser": "sandbox",
  "npm:/fast-check": "tests",
  "node:sqlite": "catalog",
};

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier: string };
    readonly type?: { readonly specifier: string };
    readonly isDynamic?: boolean;
  }[];
}

const root = new URL("../", import.meta.url).href;

/** The directory of lib/ that a module belongs to, or its file where it is in none; undefined for other modules. */
function place(specifier: string): string | undefined {
  if (!specifier.startsWith(root)) return undefined;
  const path = specifier.slice(root.length);
  if (path === "mod.ts") return path;
  return path.startsWith("lib/") ? path.split("/")[1] : undefined;
}

/** What a module imports, as values or types. */
function importsOf({ dependencies = [] }: Module): string[] {
  return [...new Set(dependencies.flatMap(({ code, type }) => [code?.specifier, type?.specifier]))]
    .filter((it) => it !== undefined);
}

/** Every module that is reached from files below these directories. */
async function modulesOf(directories: readonly string[], ...more: string[]): Promise<Map<string, Module>> {
  const files = [
    ...directories.flatMap((it) => [...filesBelow(new URL(it, root))]),
    ...more.map((it) => new URL(it, root)),
  ];
  const modules = new Map<string, Module>();
  for (const file of files) {
    if (modules.has(file.href)) continue;
    const { stdout, code } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", file.pathname],
      stderr: "inherit",
    }).output();
    assert.equal(code, 0, `deno info ${file}`);
    const graph = JSON.parse(new TextDecoder().decode(stdout)) as { modules: Module[] };
    for (const module of graph.modules) modules.set(module.specifier, module);
  }
  return modules;
}

function* filesBelow(directory: URL): Generator<URL> {
  for (const entry of Deno.readDirSync(directory)) {
    const url = new URL(entry.name + (entry.isDirectory ? "/" : ""), directory);
    if (entry.isDirectory) yield* filesBelow(url);
    else if (entry.name.endsWith(".ts")) yield url;
  }
}

/** The imports that the table does not allow. */
function violations(modules: Iterable<Module>): string[] {
  const found: string[] = [];
  for (const module of modules) {
    const from = place(module.specifier);
    if (from === undefined) continue;
    for (const to of importsOf(module)) {
      const target = place(to);
      const strange = target !== undefined && target !== from && !TABLE[from]?.includes(target);
      const owned = Object.entries(OWNER).some(([name, owner]) =>
        packageName(to).startsWith(name) && owner !== from
      );
      if (strange || owned) found.push(`${module.specifier.slice(root.length)} -> ${to.replace(root, "")}`);
    }
  }
  return found;
}

/** `npm:/openpgp@6.3.2`, whichever way the specifier is spelled. */
function packageName(specifier: string): string {
  return specifier.replace(/^npm:\/?/, "npm:/");
}

/** The first circle of imports that there is, as a list of files; undefined where there is none. */
function circle(modules: ReadonlyMap<string, Module>): string[] | undefined {
  const done = new Set<string>();
  const visit = (specifier: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(specifier)) return [...path.slice(path.indexOf(specifier)), specifier];
    if (done.has(specifier)) return undefined;
    const module = modules.get(specifier);
    for (const to of module === undefined ? [] : importsOf(module)) {
      if (!to.startsWith(root)) continue;
      const found = visit(to, [...path, specifier]);
      if (found !== undefined) return found;
    }
    done.add(specifier);
    return undefined;
  };
  for (const specifier of modules.keys()) {
    const found = visit(specifier, []);
    if (found !== undefined) return found.map((it) => it.replace(root, ""));
  }
  return undefined;
}

let read: Promise<Map<string, Module>> | undefined;

function modulesOfTheProgram(): Promise<Map<string, Module>> {
  return read ??= modulesOf(["lib/", "scripts/"], "mod.ts");
}

for (const directory of Object.keys(TABLE)) {
  Deno.test(`${directory} imports only what its row of the import table allows`, async () => {
    const modules = [...(await modulesOfTheProgram()).values()].filter((it) =>
      place(it.specifier) === directory
    );
    assert.ok(modules.length > 0, "it is there");
    assert.deepEqual(violations(modules), []);
  });
}

Deno.test("every directory of lib/ has a row, and lib/ itself has no file but the entry points", () => {
  const names = [...Deno.readDirSync(new URL("lib/", root))].map(({ name }) => name);
  assert.deepEqual(names.sort(), Object.keys(TABLE).filter((name) => name !== "mod.ts").sort());
});

Deno.test("the rows of the import table lead in one direction", () => {
  const below = (name: string, path: readonly string[]): void => {
    assert.ok(!path.includes(name), [...path, name].join(" -> "));
    for (const next of TABLE[name]!) below(next, [...path, name]);
  };
  for (const name of Object.keys(TABLE)) below(name, []);
});

Deno.test("imports have no cycle, in scripts either", async () => {
  assert.equal(circle(await modulesOfTheProgram()), undefined);
});

Deno.test("an import that breaks the table is found, and so is a circle", () => {
  const at = (path: string): string => root + path;
  const module = (path: string, ...to: string[]): Module => ({
    specifier: at(path),
    dependencies: to.map((specifier) => ({ code: { specifier } })),
  });
  const bad = [
    module("lib/source/walk.ts", at("lib/store/s3/writer.ts")),
    module("lib/model/entry.ts", "npm:openpgp@6.3.2"),
    module("lib/app/keys.ts", at("lib/backup/backup.ts")),
    { specifier: at("lib/workers/pool.ts"), dependencies: [{ type: { specifier: at("lib/worker.ts") } }] },
  ];
  assert.equal(violations(bad).length, bad.length);
  const round = [
    module("lib/a.ts", at("lib/b.ts")),
    module("lib/b.ts", at("lib/c.ts")),
    module("lib/c.ts", at("lib/b.ts")),
  ];
  assert.deepEqual(circle(new Map(round.map((it) => [it.specifier, it]))), [
    "lib/b.ts",
    "lib/c.ts",
    "lib/b.ts",
  ]);
});

/** What is loaded with a module: what it imports at once, and so on. */
function loadedWith(path: string, modules: ReadonlyMap<string, Module>): ReadonlySet<string> {
  const loaded = new Set([root + path]);
  for (const specifier of loaded) {
    for (const { code, isDynamic } of modules.get(specifier)?.dependencies ?? []) {
      if (code !== undefined && !isDynamic) loaded.add(packageName(code.specifier));
    }
  }
  return loaded;
}

Deno.test("packages that take long to load are loaded when they are needed, not when a command starts", async () => {
  const modules = await modulesOfTheProgram();
  const commands = [...filesBelow(new URL("lib/cli/commands/", root))].map(({ href }) =>
    href.slice(root.length)
  );
  for (const path of ["mod.ts", "lib/worker.ts", ...commands]) {
    const loaded = [...loadedWith(path, modules)];
    assert.ok(loaded.length > 10, path);
    assert.deepEqual(
      loaded.filter((it) => /^npm:\/(openpgp|@aws-sdk|@smithy|hono|jsonc-parser)/.test(it)),
      [],
      path,
    );
  }
});

Deno.test("the command line loads the code of no command and no library before it knows which runs", async () => {
  const loaded = [...loadedWith("lib/start.ts", await modulesOfTheProgram())];
  assert.ok(loaded.includes(`${root}lib/cli/commands.ts`));
  assert.deepEqual(
    loaded.filter((it) => it.startsWith(`${root}lib/cli/commands/`) || it === `${root}mod.ts`),
    [],
  );
});

Deno.test("archive/ and model/ use neither the file system nor Deno", async () => {
  for (const room of ["archive", "model"]) {
    for (const file of filesBelow(new URL(`lib/${room}/`, root))) {
      const text = await Deno.readTextFile(file);
      assert.doesNotMatch(text, /(?<!")\bDeno\.|node:(fs|os|process|child_process)/, file.pathname);
    }
  }
});
