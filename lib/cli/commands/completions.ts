import { Argument, type Command } from "commander";
import { act, command } from "../command.ts";
import type { CommonOptions } from "../session.ts";
import { bashCompletions } from "../shells/bash.ts";
import { fishCompletions } from "../shells/fish.ts";
import { zshCompletions } from "../shells/zsh.ts";
import { type Table, tableOf } from "../table.ts";

const SHELLS: Readonly<Record<string, (table: Table) => string>> = {
  bash: bashCompletions,
  zsh: zshCompletions,
  fish: fishCompletions,
};

/** `completions`: completions for bash, zsh and fish. */
export function completionsCommand(program: () => Promise<Command>): Command {
  return command(
    "completions",
    "print completions for a shell",
    "Prints a script with which a shell completes commands, options and file names.",
  )
    .addArgument(new Argument("<shell>", "shell").choices(Object.keys(SHELLS)))
    .example("completions bash > /etc/bash_completion.d/nightdrop", "for all users")
    .example("completions zsh > /usr/local/share/zsh/site-functions/_nightdrop", "the same")
    .example("completions fish > ~/.config/fish/completions/nightdrop.fish", "for yourself")
    .action((shell: string, options: CommonOptions) =>
      act(options, async ({ output }) => {
        const script = SHELLS[shell]!(tableOf(await program()));
        output.document(script.trimEnd(), { event: "completions", shell, script });
      })
    );
}
