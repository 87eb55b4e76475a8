/** What the tests of the walk share. */
import type { Trouble } from "../../lib/model/trouble.ts";
import type { Selection } from "../../lib/model/selection.ts";
import { type SourceEntry, walk } from "../../lib/source/walk.ts";
import { must } from "../support/foreign.ts";
import type { Walked } from "./walk_main.ts";

/** A selection of paths without any rule but those that are given. */
export function select(paths: string[], rules: Partial<Selection> = {}): Selection {
  return {
    paths,
    exclude: [],
    excludeIfPresent: [],
    excludeCaches: false,
    oneFileSystem: false,
    maxFileSize: undefined,
    ...rules,
  };
}

/** All entries and troubles of a walk. */
export function walked(selection: Selection): { entries: SourceEntry[]; troubles: Trouble[] } {
  const troubles: Trouble[] = [];
  const entries = [...walk(selection, (trouble) => troubles.push(trouble))];
  return { entries, troubles };
}

/** The paths of a walk below `root`, relative to it. */
export function pathsBelow(root: string, rules: Partial<Selection> = {}): string[] {
  return below(root, walked(select([root], rules)).entries);
}

/** The paths of entries relative to `root`, which itself is left out. */
export function below(root: string, entries: readonly { readonly path: string }[]): string[] {
  const prefix = root.slice(1) + "/";
  return entries.map(({ path }) => path).filter((path) => path.startsWith(prefix)).map((path) =>
    path.slice(prefix.length)
  );
}

/** The arguments of `deno` that walk a selection in a process with `permissions`. */
export function walkCommand(selection: Selection, permissions: string[]): string[] {
  const script = new URL("walk_main.ts", import.meta.url).pathname;
  return [
    "run",
    "--quiet",
    "--no-prompt",
    "--cached-only",
    "--no-config",
    ...permissions,
    script,
    JSON.stringify(selection),
  ];
}

/** Walks and reads in a process of its own, which `wrapper` (a command that takes a command) runs. */
export async function walkApart(
  selection: Selection,
  permissions: string[],
  wrapper: string[] = [],
): Promise<Walked> {
  const [program, ...args] = [...wrapper, Deno.execPath(), ...walkCommand(selection, permissions)];
  return JSON.parse((await must(program!, args)).text) as Walked;
}

/**
 * A wrapper that takes from root what lets it read everything and own everything; other users need none. The
 * process stays the same user, so it can reach the same programs.
 */
export function withoutPrivilege(): string[] {
  if (Deno.uid() !== 0) return [];
  return ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all"];
}

/** A test of what only root can do: ignored for other users, but not in CI. */
export function rootTest(name: string, body: () => void | Promise<void>): void {
  Deno.test({ name, ignore: Deno.uid() !== 0 && !Deno.env.get("CI"), fn: body });
}
