/** What is shipped, each made once and run as the documents say. */
import { shellWord } from "../../lib/model/shell.ts";
import { builtScript, builtStandalone, make } from "../support/build.ts";
import { type Ran, run } from "../support/foreign.ts";
import { builtPackage, unpackPackage } from "./packed.ts";
import { readCompiled } from "./compiled.ts";
import type { Desk } from "./desk.ts";

/** Runs `nightdrop WORDS` at the desk, with the environment of a role. */
export type Runner = (words: readonly string[], env: Record<string, string>) => Promise<Ran>;

/** Something that is shipped. */
export interface Artefact {
  readonly name: string;
  /** Gets it ready at a desk. */
  readonly prepare: (desk: Desk) => Promise<Runner>;
  /** Whether it cannot be started by others: what `deno compile` makes lacks Deno here. */
  readonly incomplete?: boolean;
}

/** All of them. */
export const ARTEFACTS: readonly Artefact[] = [
  { name: "clone", prepare: clone },
  { name: "script", prepare: scriptWithSets },
  { name: "package", prepare: installedPackage },
  { name: "standalone", prepare: async (desk) => executable(desk, await builtStandalone()) },
  { name: "standalone for one host", prepare: hostStandalone },
  { name: "compiled graph", prepare: compiledGraph, incomplete: true },
];

/** What a task of something else leaves in the environment: it means nothing to what is no task. */
const STALE = { INIT_CWD: "/nowhere" };

/** Tasks of a clone whose sets are narrowed to the configs, called from the desk. */
async function clone(desk: Desk): Promise<Runner> {
  const task: Runner = (words, env) => {
    const line = ["deno", "task", "--quiet", "--config", `${desk.clone}/deno.json`, ...words].map(shellWord)
      .join(" ");
    return run("sh", ["-c", line], { cwd: desk.at, env });
  };
  const narrow = async (words: string[]): Promise<void> => {
    const { code, stderr } = await task(["permissions", ...words, "--write"], desk.environment);
    if (code !== 0) throw new Error(stderr);
  };
  await narrow(["--config", "host.config.ts", "--host", desk.host]);
  await narrow(["--config", "fleet.config.ts", "--trusted"]);
  return task;
}

/** The script, with a `deno.json` beside it for those who start it without flags. */
async function scriptWithSets(desk: Desk): Promise<Runner> {
  const file = `${desk.at}/alone/nightdrop.js`;
  Deno.mkdirSync(`${desk.at}/alone`);
  Deno.copyFileSync(await builtScript(), file);
  const words = ["permissions", "--config", "host.config.ts", "--host", desk.host, "--write"];
  const { code, stderr } = await script(desk, file)(words, desk.environment);
  if (code !== 0) throw new Error(stderr);
  return script(desk, file);
}

/** A script with the flags that it derives itself, in an empty cache, so that there are no packages. */
function script(desk: Desk, file: string, flagsOf = derivedFlags): Runner {
  const how = ["run", "--quiet", "--no-prompt", "--no-lock", "--no-remote", "--no-npm", "--cached-only"];
  const start = (flags: string[], words: readonly string[], env: Record<string, string>): Promise<Ran> =>
    run(Deno.execPath(), [...how, ...flags, file, ...words], {
      cwd: desk.at,
      env: { ...env, ...STALE, DENO_DIR: `${desk.at}/empty-cache` },
    });
  return async (words, env) =>
    start(await flagsOf(words, (flags, words) => start(flags, words, env)), words, env);
}

type Start = (flags: string[], words: readonly string[]) => Promise<Ran>;

/** What `permissions --for` prints for a command and its config. */
async function derivedFlags(words: readonly string[], start: Start): Promise<string[]> {
  const about = ["--config", "--host"].flatMap((option) => {
    const at = words.indexOf(option);
    return at === -1 ? [] : words.slice(at, at + 2);
  });
  const { code, text, stderr } = await start(["-R", "-E", "-S"], [
    "permissions",
    "--for",
    words[0]!,
    ...about,
  ]);
  if (code !== 0) throw new Error(stderr);
  return text.trimEnd().split("\n");
}

/** The package as npm packs it, in the directory of a project. It finds Deno in the PATH. */
async function installedPackage(desk: Desk): Promise<Runner> {
  const installed = `${desk.at}/node_modules/nightdrop`;
  await unpackPackage(await builtPackage(), installed);
  return executable(desk, `${installed}/nightdrop`);
}

function executable(desk: Desk, file: string): Runner {
  const own = { ...STALE, NIGHTDROP_CACHE: `${file}.cache` };
  return (words, env) => run(file, [...words], { cwd: desk.at, env: { ...env, ...own } });
}

async function hostStandalone(desk: Desk): Promise<Runner> {
  const file = `${desk.at}/nightdrop-for-host`;
  await make("standalone", ["--quick", "--output", file, ...builtFor(desk)], desk.environment);
  return executable(desk, file);
}

function builtFor({ at, host }: Desk): string[] {
  return ["--config", `${at}/host.config.ts`, "--host", host];
}

/**
 * The files that `deno compile` embeds, run by Deno with the permissions and flags of V8 that it embeds. Those are for
 * `backup` alone; other commands get what `permissions --for` prints, and show that the files are complete.
 */
async function compiledGraph(desk: Desk): Promise<Runner> {
  const executable = `${desk.at}/compiled`;
  await make("compile", ["--output", executable, ...builtFor(desk)], {
    ...desk.environment,
    DENORT_BIN: "/bin/true",
  });
  const { metadata, files } = readCompiled(executable);
  for (const [name, content] of files) Deno.writeFileSync(`${desk.at}/${name}`, content);
  return script(
    desk,
    `${desk.at}/${metadata.entrypoint_key}`,
    async (words, start) =>
      words[0] === "backup" ? embeddedFlags(metadata) : await derivedFlags(words, start),
  );
}

function embeddedFlags({ permissions, v8_flags }: ReturnType<typeof readCompiled>["metadata"]): string[] {
  const granted = Object.entries(permissions).flatMap(([name, items]) =>
    /^(allow|ignore)_/.test(name) && name !== "allow_import" && Array.isArray(items)
      ? [`--${name.replace("_", "-")}${items.length === 0 ? "" : `=${items.join(",")}`}`]
      : []
  );
  return [`--v8-flags=${v8_flags.slice(1).join(",")}`, ...granted];
}
