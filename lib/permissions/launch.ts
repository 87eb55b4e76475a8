import type { OwnerDirectory } from "../app/owner_directories.ts";
import type { SetName } from "./shipped_sets.ts";

/** Options that Deno is started with for a command. */
export interface Launch {
  /** Name of the permission set. */
  readonly set: SetName;
  /** V8 flags that limit memory. */
  readonly v8: readonly string[];
  /** Environment variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether Deno uses `--cached-only`: it never downloads a module. */
  readonly cachedOnly: boolean;
  /**
   * Whether Deno reads the code of other commands, and what only some runs need, when it is imported, not before the first module
   * runs. That takes a third of the time of `list`. It needs the permission to read `lib/`.
   */
  readonly lazy: boolean;
  /** Owner's directories that it may write to, where its permission set grants nothing to write. */
  readonly writes: readonly OwnerDirectory[];
}

const PLAIN = { v8: [], environment: {}, cachedOnly: false, lazy: true, writes: [] };

/** Options of a command that may not read any file. */
const SHELL = { ...PLAIN, set: "shell", lazy: false } as const;

/** Returns freed memory to the system sooner: mallopt(3), `M_ARENA_MAX`. */
const FEW_ARENAS = { MALLOC_ARENA_MAX: "2" };

/**
 * Options of a sender. With 1 MiB for new objects instead of 4, V8 collects them four times as often, and a first backup of small
 * files takes 5 % more processor time and 10 MB less; 8 MiB save nothing more. Without the first flag, it takes 40 MB more and no less
 * time. V8 takes the flags only at its start, before the config is read, so they do not depend on the memory profile.
 */
const SENDER = {
  ...PLAIN,
  v8: [
    "--memory-saver-mode",
    "--max-semi-space-size=4",
    "--no-incremental-marking",
    "--single-threaded-gc",
    "--expose-gc",
  ],
  environment: FEW_ARENAS,
};

/** Readers decrypt and decompress in JavaScript, so the memory flags of a sender would make them too slow. */
const READER = {
  ...PLAIN,
  v8: ["--max-semi-space-size=2", "--heap-growing-percent=30"],
  environment: FEW_ARENAS,
};

/**
 * Readers of whole volumes. V8 counts buffers, too, when it decides to collect garbage: with the bound of other readers, a tenth
 * of the processor time is spent on that, and without any bound, a restore of very many files takes a fifth more memory. Without incremental
 * marking, incompressible files take a tenth less processor time, but a million small ones 448 MB instead of 284.
 */
const VOLUME_READER = { ...READER, v8: ["--max-semi-space-size=2", "--heap-growing-percent=100"] };

/** Launch options of every command, for tasks, cron, systemd and executables. */
export const LAUNCHES = {
  quickstart: { ...SENDER, set: "local" },
  backup: { ...SENDER, set: "host", cachedOnly: true },
  // Users who narrow this set by hand grant the files that they upload.
  upload: { ...SENDER, set: "upload", cachedOnly: true, lazy: false },
  permissions: { ...PLAIN, set: "setup" },
  schedule: { ...PLAIN, set: "schedule" },
  init: { ...PLAIN, set: "local" },
  keygen: { ...PLAIN, set: "local" },
  provision: { ...PLAIN, set: "owner" },
  audit: { ...PLAIN, set: "owner" },
  list: { ...READER, set: "reader", writes: ["cache"] },
  files: { ...READER, set: "reader", writes: ["cache"] },
  find: { ...READER, set: "reader", writes: ["cache"] },
  diff: { ...READER, set: "reader", writes: ["cache"] },
  stats: { ...READER, set: "reader", writes: ["cache"] },
  cat: { ...READER, set: "reader", writes: ["cache"] },
  tar: { ...READER, set: "reader", writes: ["cache"] },
  restore: { ...VOLUME_READER, set: "restore" },
  verify: { ...VOLUME_READER, set: "reader", writes: ["cache", "records"] },
  status: { ...READER, set: "status" },
  expire: { ...READER, set: "expire" },
  drill: { ...VOLUME_READER, set: "drill" },
  mirror: { ...READER, set: "copy" },
  pin: { ...READER, set: "copy" },
  unpin: { ...READER, set: "copy" },
  completions: SHELL,
  man: SHELL,
} as const satisfies Readonly<Record<string, Launch>>;

/** Name of a command. */
export type CommandName = keyof typeof LAUNCHES;

/** Names of all commands. */
export const COMMAND_NAMES = Object.keys(LAUNCHES) as readonly CommandName[];

/** Returns the names of the commands that run with a set. */
export function commandsOf(set: SetName): CommandName[] {
  return COMMAND_NAMES.filter((name) => LAUNCHES[name].set === set);
}

/**
 * Returns the entry point of a command in a clone that the script `nightdrop` starts. The config of a host may import the library, which
 * its set does not grant, so Deno must read it before.
 */
export function entryOf({ lazy, set }: Launch): string {
  return lazy && set === "host" ? "mod.ts" : "lib/start.ts";
}

/** Returns the flags with which `deno run` starts a command of a clone. */
export function runFlags(launch: Launch): string[] {
  const cached = launch.cachedOnly ? ["--cached-only"] : [];
  const lazy = launch.lazy ? ["--unstable-lazy-dynamic-imports"] : [];
  return [...cached, ...lazy, ...v8Flag(launch), `-P=${launch.set}`];
}

/** Returns the `--v8-flags` flag of `deno run`, or nothing if there are no V8 flags. */
export function v8Flag({ v8 }: Launch): string[] {
  return v8.length === 0 ? [] : [`--v8-flags=${v8.join(",")}`];
}
