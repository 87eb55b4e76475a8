import { Command } from "commander";
import { asStarted } from "./invocation.ts";

/** Example of how a command is used. */
export interface Example {
  /** Arguments after `nightdrop`. */
  readonly line: string;
  /** Purpose of the example, in a few words. */
  readonly meaning: string;
}

/** Command with examples. Help, manual page and tests take the examples from here. */
export class DescribedCommand extends Command {
  readonly #examples: Example[] = [];

  constructor(name: string) {
    super(name);
    this.addHelpText(
      "after",
      () =>
        helpLines(this.#examples.map((it) => ({ ...it, line: asStarted(`nightdrop ${it.line}`) }))).join(
          "\n",
        ),
    );
  }

  /** Examples in the order in which they are shown. */
  get examples(): readonly Example[] {
    return this.#examples;
  }

  /** Adds an example. */
  example(line: string, meaning: string): this {
    this.#examples.push({ line, meaning });
    return this;
  }
}

function helpLines(examples: readonly Example[]): string[] {
  if (examples.length === 0) return [];
  const width = Math.max(...examples.map(({ line }) => line.length));
  return ["", "Examples:", ...examples.map(({ line, meaning }) => `  ${line.padEnd(width)}   ${meaning}`)];
}
