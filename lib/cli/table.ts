/**
 * The table of commands as plain data. Completions are made from it by hand, since commander has none
 * (https://github.com/tj/commander.js/issues/2008).
 *
 * @module
 */
import type { Argument, Command, Option } from "commander";
import { DescribedCommand, type Example } from "./described_command.ts";

/** Kind of a value, for the completions of shells. */
export type ValueKind = "file" | "directory" | "other" | readonly string[];

/** Option of a command. */
export interface TableOption {
  /** `--host`. */
  readonly flag: string;
  /** `<name>`; undefined for a switch. */
  readonly value: string | undefined;
  readonly kind: ValueKind;
  readonly meaning: string;
}

/** Argument of a command. */
export interface TableArgument {
  /** `[host]`, `<file...>`. */
  readonly term: string;
  readonly kind: ValueKind;
  readonly meaning: string;
}

/** Command. */
export interface TableCommand {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly arguments: readonly TableArgument[];
  readonly options: readonly TableOption[];
  readonly examples: readonly Example[];
}

/** All commands as plain data, for completions and the manual page. */
export interface Table extends TableCommand {
  readonly commands: readonly TableCommand[];
}

/** Returns the table of a command line. */
export function tableOf(root: Command): Table {
  const help = root.createHelp();
  return {
    ...commandOf(root),
    commands: help.visibleCommands(root).filter((it) => root.commands.includes(it)).map(commandOf),
  };
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

/** Returns the kind of value that an option takes. */
export function kindOfOption({ argChoices, flags }: Option): ValueKind {
  return argChoices ?? kindOf(valueOf(flags) ?? "");
}

/** Returns the kind of value that an argument is. */
export function kindOfArgument(argument: Argument): ValueKind {
  return argument.argChoices ?? kindOf(argument.name());
}

/** Returns `<name>` for `--host <name>`. */
function valueOf(flags: string): string | undefined {
  return /[<[].*$/.exec(flags)?.[0];
}

/** Returns the kind that the name of a value implies. */
function kindOf(term: string): ValueKind {
  if (/\burl\b/.test(term)) return "other"; // a store, which may also be a directory
  if (/\bfile\b/.test(term)) return "file";
  return /\b(dir|directory)\b/.test(term) ? "directory" : "other";
}
