import type { Table, ValueKind } from "../table.ts";

/** Returns completions for bash. Long because it is one template of a shell function. */
export function bashCompletions({ name, commands, options }: Table): string {
  const words = (list: readonly string[]): string => list.join(" ");
  const cases = commands.map((command) => {
    const flags = words(command.options.map(({ flag }) => flag));
    const kind = command.arguments.at(-1)?.kind ?? "other";
    return `    ${command.name}) flags="${flags}" what="${filler(kind)}" ;;`;
  });
  const values = Map.groupBy(
    commands.flatMap((command) =>
      command.options.filter(({ value }) => value !== undefined)
        .map((option) => ({ at: `${command.name}:${option.flag}`, what: filler(option.kind) }))
    ),
    ({ what }) => what,
  );
  const fillers = [...values].map(([what, places]) =>
    `    ${places.map(({ at }) => at).join("|")}) what="${what}" flags= value=1 ;;`
  );
  return `# bash completion for ${name}
_${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command= flags= what= value= word
  # Bash makes words of their own of "=" and what follows.
  if [[ $cur == = ]]; then cur=
  elif [[ $before == = ]]; then before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || { command=$word; break; }
  done
  case $command in
    "") flags="${words(options.map(({ flag }) => flag))}" what="words:${
    words(commands.map((it) => it.name))
  }" ;;
${cases.join("\n")}
  esac
  case $command:$before in
${fillers.join("\n")}
  esac
  COMPREPLY=()
  if [[ $cur == -* && -z $value ]]; then mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$cur"); return; fi
  case $what in
    file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    directory) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    words:*) mapfile -t COMPREPLY < <(compgen -W "\${what#words:}" -- "$cur") ;;
  esac
}
complete -F _${name} ${name}
`;
}

function filler(kind: ValueKind): string {
  if (kind === "other") return "";
  return typeof kind === "string" ? kind : `words:${kind.join(" ")}`;
}
