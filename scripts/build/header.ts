import { createHash } from "node:crypto";
import { DEFAULT_CONFIG } from "../../lib/hosts.ts";
import { shellWord } from "../../lib/model/shell.ts";
import { VERSION } from "../../lib/program.ts";
import { flags } from "../../lib/sandbox/flags.ts";
import type { BuildPlan } from "./built_for.ts";
import { SET_OF, V8_FLAGS, VARIABLES } from "./tasks.ts";

/** Commands whose permissions follow from a config. */
const FROM_CONFIG = ["backup", "upload", "list", "files", "verify", "restore"];

/** The flags that may come out of the derivation; anything else there is not ours. */
const FLAGS = "--allow-read=?*|--allow-write=?*|--allow-net=?*|--allow-env=?*|--allow-sys=?*|--allow-run=?*" +
  "|--ignore-env=?*|--allow-read|--allow-write";

/** The script for sh that stands before the archive. */
export function header(archive: Uint8Array, plan: BuildPlan | undefined): Uint8Array<ArrayBuffer> {
  const template = Deno.readTextFileSync(new URL("header.sh", import.meta.url));
  const values: Readonly<Record<string, string>> = {
    VERSION,
    DENO: Deno.version.deno,
    DIGEST: createHash("sha256").update(archive).digest("hex"),
    VARIABLES,
    V8: V8_FLAGS,
    CONFIG: shellWord(plan?.builtFor.config ?? DEFAULT_CONFIG),
    CASES: [...(plan === undefined ? [derivedCase()] : bakedCases(plan)), ...setCases(), OTHERS].join("\n"),
  };
  const text = template.replace(/@([A-Z0-9]+)@/g, (all, name) => values[name] ?? all);
  // The number of its lines is in it, and changes none of them.
  return new TextEncoder().encode(text.replace("@LINES@", String(text.split("\n").length)));
}

/** Its output is taken apart at line ends alone, and nothing in it is for the shell to read. */
function derivedCase(): string {
  return `  ${FROM_CONFIG.join(" | ")})
    flags=$(derived "$@")
    IFS='
'
    set -f
    for flag in $flags; do
      case $flag in ${FLAGS}) ;; *) fail "This is no permission: $flag" "Does the config print?" ;; esac
    done
    # shellcheck disable=SC2086 # one word a line is meant
    start $flags "$place/nightdrop.js" "$@" ;;`;
}

function bakedCases({ sets }: BuildPlan): string[] {
  return sets.flatMap(({ commands, grants }) =>
    commands.map((command) =>
      `  ${command}) start ${flags(grants).map(shellWord).join(" ")} "$place/nightdrop.js" "$@" ;;`
    )
  );
}

/** Where two cases fit, the shell takes the first. */
function setCases(): string[] {
  const commands = Map.groupBy(SET_OF, ([, set]) => set);
  return [...commands].map(([set, all]) => {
    const names = all.map(([name]) => name).join(" | ");
    return `  ${names}) start -P=${set} "$place/nightdrop.js" "$@" ;;`;
  });
}

const OTHERS = '  *) start -P=shell "$place/nightdrop.js" "$@" ;;';
