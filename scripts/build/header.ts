import { createHash } from "node:crypto";
import { shellWord } from "../../lib/model/shell.ts";
import { COMMAND_NAMES, type CommandName, LAUNCHES, v8Flag } from "../../lib/permissions/launch.ts";
import { HOST_SETS, SHIPPED_SETS, TRUSTED_SETS } from "../../lib/permissions/shipped_sets.ts";
import { VERSION } from "../../lib/app/program.ts";
import { flags } from "../../lib/sandbox/flags.ts";
import type { BuildPlan } from "./built_for.ts";
import { cases } from "./cases.ts";

/** Permission sets that are derived from a config. */
const FROM_CONFIG = [...HOST_SETS, ...TRUSTED_SETS];

/** V8 flags of all commands. */
const V8_FLAGS = [...new Set(COMMAND_NAMES.flatMap((command) => v8Flag(LAUNCHES[command])))];

/** Pattern of the flags that the derivation prints. Other lines are refused. */
const FLAGS = ["read", "write", "net", "env", "sys", "run"].map((kind) => `--allow-${kind}=?*`)
  .concat("--ignore-env=?*", "--allow-read", "--allow-write", V8_FLAGS).join("|");

/** Returns the script for sh that precedes the archive. */
export function header(archive: Uint8Array, plan: BuildPlan | undefined): Uint8Array<ArrayBuffer> {
  const digest = createHash("sha256").update(archive).digest("hex");
  const text = filled("header.sh", plan, { DIGEST: digest });
  // The script contains its own number of lines; inserting it does not change that number.
  return new TextEncoder().encode(text.replace("@LINES@", String(text.split("\n").length)));
}

/** Returns the script for sh that starts the commands of the package. */
export function packageLauncher(): string {
  return filled("package.sh", undefined, {});
}

/** Returns the lines for sh at the beginning of the single-file script, which are a comment in JavaScript. */
export function scriptLauncher(): string {
  const text = filled("script.sh", undefined, {});
  if (text.indexOf("*/") !== text.length - "*/\n".length) throw new Error("The comment ends too early");
  return text;
}

/** Function of the shell that finds the config. */
const LOOKUP = new URL("../../lib/permissions/found_config.sh", import.meta.url);

/** Returns a template with its values, and with the code that starts the commands. */
function filled(name: string, plan: BuildPlan | undefined, more: Readonly<Record<string, string>>): string {
  const [template, launch] = [name, "launch.sh"].map((it) =>
    Deno.readTextFileSync(new URL(it, import.meta.url))
  );
  const isAlone = name === "script.sh";
  const values: Readonly<Record<string, string>> = {
    VERSION,
    DENO: Deno.version.deno,
    CONFIG: shellWord(plan?.builtFor.config ?? ""),
    FLAGS,
    LOOKUP: Deno.readTextFileSync(LOOKUP).trimEnd(),
    CASES: cases((command) => run(command, plan, isAlone)),
    SHELL: isAlone ? quoted(flags(SHIPPED_SETS.shell)) : "-P=shell",
    ...more,
  };
  return template!.replace("@LAUNCH@", () => launch!.trimEnd())
    .replace(/@([A-Z0-9]+)@/g, (all, key) => values[key] ?? all);
}

/**
 * Returns the code that starts a command with built-in, derived or shipped permissions.
 *
 * @param isAlone Whether there may be no `deno.json` with the shipped ones beside the script.
 */
function run(command: CommandName, plan: BuildPlan | undefined, isAlone: boolean): string {
  const launch = LAUNCHES[command];
  if (plan === undefined && FROM_CONFIG.includes(launch.set)) {
    return `v8=${quoted(v8Flag(launch))}; start_derived "$@"`;
  }
  const own = plan?.sets.find(({ commands }) => commands.includes(command));
  const grants = isAlone ? SHIPPED_SETS[launch.set] : own?.grants;
  const permissions = grants === undefined ? [`-P=${launch.set}`] : flags(grants);
  return `start ${quoted([...v8Flag(launch), ...permissions])} "$script" "$@"`;
}

function quoted(words: readonly string[]): string {
  return words.map(shellWord).join(" ");
}
