/** A script passes an empty value for a variable that is not set: no command takes it for the current directory. */
import assert from "node:assert/strict";
import { CommanderError } from "commander";
import { definitionOf } from "../../lib/cli/command_line.ts";
import { COMMANDS } from "../../lib/cli/commands.ts";

/** Returns what a command writes for a command line whose action must not run. */
async function refusal(name: string, words: string[]): Promise<string> {
  const root = await definitionOf(COMMANDS);
  const command = root.commands.find((it) => it.name() === name)!;
  let said = "";
  command.configureOutput({ writeErr: (text) => void (said += text) });
  command.action(() => assert.fail(`${name} ${words.join(" ")} was run`));
  const isUsage = (error: unknown): boolean => error instanceof CommanderError && error.exitCode !== 0;
  await assert.rejects(root.parseAsync([name, ...words], { from: "user" }), isUsage, `${name} ${words}`);
  return said;
}

for (const command of (await definitionOf(COMMANDS)).commands) {
  const [name, { options, registeredArguments }] = [command.name(), command];
  const operands = registeredArguments.map((it) => it.argChoices?.[0] ?? "other");
  const mandatory = options.filter((it) => it.mandatory).flatMap((it) => [it.long!, "other"]);

  Deno.test(`${name} refuses an empty value of each option and argument`, async () => {
    for (const option of options.filter((it) => it.required || it.optional)) {
      const said = await refusal(name, [...mandatory, `${option.long}=`, ...operands]);
      assert.match(said, /is invalid/, option.flags);
    }
    for (const at of registeredArguments.keys()) {
      const said = await refusal(name, [...mandatory, ...operands.with(at, "")]);
      assert.match(said, /is invalid/, registeredArguments[at]!.name());
    }
  });
}
