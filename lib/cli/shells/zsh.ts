import { shellQuoted } from "../../model/shell.ts";
import type { Table, TableArgument, TableCommand, TableOption, ValueKind } from "../table.ts";

/** Returns completions for zsh. */
export function zshCompletions({ name, commands, options }: Table): string {
  const list = commands.map((command) => `      ${shellQuoted(`${command.name}:${plain(command.summary)}`)}`);
  const cases = commands.map((command) => `        ${command.name}) _arguments ${specs(command)} ;;`);
  return `#compdef ${name}
# zsh completion for ${name}
_${name}() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C ${options.map(optionSpec).map(shellQuoted).join(" ")} '1: :->command' '*:: :->rest'
  case $state in
    command)
      local -a commands=(
${list.join("\n")}
      )
      _describe -t commands command commands ;;
    rest)
      case $words[1] in
${cases.join("\n")}
      esac ;;
  esac
}
if [[ $funcstack[1] == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

function specs({ options, arguments: args }: TableCommand): string {
  return [...options.map(optionSpec), ...args.map(argumentSpec)].map(shellQuoted).join(" ");
}

/** Returns the spec of an option. `*`: it can be repeated. */
function optionSpec({ flag, value, kind, meaning }: TableOption): string {
  if (value === undefined) return `${flag}[${plain(meaning)}]`;
  return `*${flag}=[${plain(meaning)}]:${plain(value.replace(/[<>[\]]/g, ""))}:${action(kind)}`;
}

function argumentSpec({ term, kind, meaning }: TableArgument, at: number): string {
  const place = term.includes("...") ? "*" : term.startsWith("[") ? `${at + 1}:` : String(at + 1);
  return `${place}:${plain(meaning)}:${action(kind)}`;
}

function action(kind: ValueKind): string {
  if (kind === "file") return "_files";
  if (kind === "directory") return "_files -/";
  return kind === "other" ? " " : `(${kind.join(" ")})`;
}

/** Escapes colons and brackets, which have a meaning in specs. */
function plain(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&");
}
