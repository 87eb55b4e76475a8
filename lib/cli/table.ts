import type { Argument, Command, Option } from "commander";
import { DescribedCommand, type Example } from "./described_command.ts";

/** What kind of thing a value is, as far as a shell can help with it. */
export type ValueKind = "file" | "directory" | "other" | readonly string[];

/** An option of a command. */
export interface TableOption {
  /** `--host`. */
  readonly flag: string;
  /** `<name>`; undefined where there is none. */
  readonly value: string | undefined;
  readonly kind: ValueKind;
  readonly meaning: string;
}

/** What stands behind a command. */
export interface TableArgument {
  /** `[host]`, `<file...>`. */
  readonly term: string;
  readonly kind: ValueKind;
  readonly meaning: string;
}

/** A command. */
export interface TableCommand {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly arguments: readonly TableArgument[];
  readonly options: readonly TableOption[];
  readonly examples: readonly Example[];
}

/** The table of commands as plain data: what help is made from, for what else is made from it. */
export interface Table extends TableCommand {
  readonly commands: readonly TableCommand[];
}

/** The table behind a command line. */
export function tableOf(root: Command): Table {
  const help = root.createHelp();
  return { ...commandOf(root), commands: help.visibleCommands(root).map(commandOf) };
}

function commandOf(command: Command): TableCommand {
  const help = command.createHelp();
  return {
    name: command.name(),
    summary: command.summary(),
    description: command.description(),
    arguments: help.visibleArguments(command).map(argumentOf),
    options: help.visibleOptions(command).map(optionOf),
    examples: command instanceof DescribedCommand ? command.examples : [],
  };
}

function optionOf(option: Option): TableOption {
  return {
    flag: option.long ?? option.short ?? "",
    value: valueOf(option.flags),
    kind: kindOfOption(option),
    meaning: option.description,
  };
}

function argumentOf(argument: Argument): TableArgument {
  const name = argument.name() + (argument.variadic ? "..." : "");
  return {
    term: argument.required ? `<${name}>` : `[${name}]`,
    kind: kindOfArgument(argument),
    meaning: argument.description,
  };
}

/** What kind of value an option takes. */
export function kindOfOption({ argChoices, flags }: Option): ValueKind {
  return argChoices ?? kindOf(valueOf(flags) ?? "");
}

/** What kind of value an argument is. */
export function kindOfArgument(argument: Argument): ValueKind {
  return argument.argChoices ?? kindOf(argument.name());
}

/** `<name>` in `--host <name>`. */
function valueOf(flags: string): string | undefined {
  return /[<[].*$/.exec(flags)?.[0];
}

/** By the names that the table gives to values. */
function kindOf(term: string): ValueKind {
  if (/\bfile\b/.test(term)) return "file";
  return /\b(dir|directory)\b/.test(term) ? "directory" : "other";
}
