import type { Table, TableCommand, TableOption, ValueKind } from "../table.ts";

/** Returns completions for fish. */
export function fishCompletions({ name, commands, options }: Table): string {
  const complete = (condition: string, rest: string): string =>
    `complete -c ${name} -n ${quoted(condition)} ${rest}`;
  const lines = [
    `complete -c ${name} -f`,
    ...options.map((option) => complete("__fish_use_subcommand", optionWords(option))),
    ...commands.flatMap((command) => {
      const inside = `__fish_seen_subcommand_from ${command.name}`;
      return [
        complete("__fish_use_subcommand", `-a ${command.name} -d ${quoted(command.summary)}`),
        ...command.options.map((option) => complete(inside, optionWords(option))),
        ...argumentWords(command).map((words) => complete(inside, words)),
      ];
    }),
  ];
  return `# fish completion for ${name}\n${lines.join("\n")}\n`;
}

function optionWords({ flag, value, kind, meaning }: TableOption): string {
  const name = `-l ${flag.replace(/^--/, "")} -d ${quoted(meaning)}`;
  return value === undefined ? name : `${name} ${valueWords(kind)}`;
}

function argumentWords({ arguments: args }: TableCommand): string[] {
  const kind = args.at(-1)?.kind ?? "other";
  if (kind === "other") return [];
  return [kind === "file" ? "-F" : valueWords(kind).replace("-x ", "")];
}

function valueWords(kind: ValueKind): string {
  if (kind === "file") return "-r -F";
  if (kind === "directory") return "-x -a '(__fish_complete_directories)'";
  return kind === "other" ? "-x" : `-x -a ${quoted(kind.join(" "))}`;
}

/** Returns text in single quotes, in which fish treats only the quote and the backslash specially. */
function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
