import { Command } from "commander";

/** Command line that shows a use of a command. */
export interface Example {
  /** What is typed behind `nightdrop`. */
  readonly line: string;
  /** What it does, in a few words. */
  readonly meaning: string;
}

/** Command that knows its examples. Its help ends with them, and the manual page and the tests take them from here. */
export class DescribedCommand extends Command {
  readonly #examples: Example[] = [];

  constructor(name: string) {
    super(name);
    this.addHelpText("after", () => helpLines(this.#examples).join("\n"));
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
