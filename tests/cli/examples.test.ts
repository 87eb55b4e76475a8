import assert from "node:assert/strict";
import { DescribedCommand } from "../../lib/cli/described_command.ts";
import { definitionOf } from "../../lib/cli/command_line.ts";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { manPage } from "../../lib/cli/man.ts";
import { tableOf } from "../../lib/cli/table.ts";

const commands = tableOf(await definitionOf(COMMANDS)).commands;

/** Words of the first command of a shell line, without what follows a pipe or a redirection. */
function wordsOf(line: string): string[] {
  const [first = ""] = line.split(/ [|>] /);
  return [...first.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
}

/** Parses a command line and returns the name of the command that would run, which does not run. */
async function commandOf(words: readonly string[]): Promise<string> {
  const root = await definitionOf(COMMANDS);
  let name = "";
  for (const command of root.commands) {
    command.configureOutput({ writeErr: () => {} }).action(() => void (name = command.name()));
  }
  await root.parseAsync([...words], { from: "user" });
  return name;
}

Deno.test("every example is a command line of the command that shows it", async () => {
  for (const { name, examples } of commands) {
    for (const { line } of examples) {
      assert.equal(await commandOf(wordsOf(line)), name, line);
    }
  }
  await assert.rejects(commandOf(["verify", "--no-such-option"]), /unknown option/);
});

Deno.test("every command has an example", () => {
  for (const { name, examples } of commands) assert.ok(examples.length > 0, name);
});

Deno.test("examples are columns below the help of their command and terms of the manual page", () => {
  const root = new DescribedCommand("tool").addCommand(
    new DescribedCommand("show").example("show a", "one").example("show --all b", "all of it"),
  );
  let help = "";
  root.commands[0]!.configureOutput({ writeOut: (text) => void (help += text) }).outputHelp();
  assert.ok(
    help.endsWith("\nExamples:\n  nightdrop show a         one\n  nightdrop show --all b   all of it\n"),
    help,
  );
  const page = manPage(tableOf(root), { version: "1", date: new Date(0), exitCodes: [] });
  assert.match(
    page,
    /Examples:\n\.TP\n\\fBtool show a\\fR\none\n\.TP\n\\fBtool show \\-\\-all b\\fR\nall of it\n/,
  );
});

Deno.test("a command without examples has none in its help", () => {
  let help = "";
  new DescribedCommand("show").configureOutput({ writeOut: (text) => void (help += text) }).outputHelp();
  assert.doesNotMatch(help, /Examples/);
});
