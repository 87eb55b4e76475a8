import type { Argument, Command, Option } from "commander";

/**
 * Refuses empty options and arguments, which scripts pass for a variable that is not set: an empty path would mean the current
 * directory.
 *
 * @throws {CommanderError} after it has written the message.
 */
export function refuseEmptyValues(command: Command): void {
  for (const option of command.options) {
    if (isEmpty(command.getOptionValue(option.attributeName()))) command.error(optionFault(option));
  }
  command.registeredArguments.forEach((argument, at) => {
    if (isEmpty(command.processedArgs[at])) command.error(argumentFault(argument));
  });
}

function isEmpty(value: unknown): boolean {
  return value === "" || Array.isArray(value) && value.includes("");
}

// The messages begin like those of commander for values that a parser refuses.

function optionFault({ flags, mandatory }: Option): string {
  return `error: option '${flags}' argument '' is invalid. ${advice(mandatory)}`;
}

function argumentFault(argument: Argument): string {
  const name = argument.name();
  return `error: command-argument value '' is invalid for argument '${name}'. ${advice(argument.required)}`;
}

function advice(isNeeded: boolean): string {
  return `It is empty, perhaps because a variable is not set: give a value${
    isNeeded ? "" : ", or leave it out"
  }.`;
}
