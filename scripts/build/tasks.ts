/** What `deno.json` says of the commands: with which set of permissions and which flags of V8 each is run. */
import { ROOT } from "./run.ts";

const CONFIG = JSON.parse(Deno.readTextFileSync(`${ROOT}/deno.json`));

/** The sets of permissions that nightdrop comes with. */
export const SETS: Readonly<Record<string, object>> = CONFIG.permissions;

/** The set of each command. */
export const SET_OF: ReadonlyMap<string, string> = new Map(
  Object.values<{ command: string }>(CONFIG.tasks).flatMap(({ command }) => {
    const [, set, name] = /-P=(\w+) mod\.ts (\w+)$/.exec(command) ?? [];
    return set === undefined || name === undefined ? [] : [[name, set]];
  }),
);

/** What tasks that hold memory small set in the environment. */
export const VARIABLES: string = /^(.*?) *deno run/.exec(CONFIG.tasks.backup.command)![1]!;

/** The flags of V8 that hold its memory small. */
export const V8_FLAGS: string = /--v8-flags=\S+/.exec(CONFIG.tasks.backup.command)![0];
