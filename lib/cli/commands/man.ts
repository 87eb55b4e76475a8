import type { Command } from "commander";
import { VERSION } from "../../app/program.ts";
import { act, command } from "../command.ts";
import { EXIT_MEANINGS } from "../exit.ts";
import { manPage } from "../man.ts";
import type { CommonOptions } from "../session.ts";
import { tableOf } from "../table.ts";

/** `man`: the manual page. */
export function manCommand(program: () => Promise<Command>): Command {
  return command(
    "man",
    "print the manual page",
    "Prints the manual page. It has the same content as --help.",
  )
    .example("man | man -l -", "read it")
    .example("man > /usr/local/share/man/man1/nightdrop.1", "install it for `man nightdrop`")
    .action((options: CommonOptions) =>
      act(options, async ({ output, run }) => {
        const page = manPage(tableOf(await program()), {
          version: VERSION,
          date: run.now(),
          exitCodes: EXIT_MEANINGS,
        });
        output.document(page.trimEnd(), { event: "man", page });
      })
    );
}
