/** Completions, tested in their shells, and the manual page, tested with man page readers. */
import assert from "node:assert/strict";
import { definitionOf } from "../../lib/cli/command_line.ts";
import { COMMANDS as ALL } from "../../lib/cli/commands.ts";
import { bashCompletions } from "../../lib/cli/shells/bash.ts";
import { fishCompletions } from "../../lib/cli/shells/fish.ts";
import { zshCompletions } from "../../lib/cli/shells/zsh.ts";
import { tableOf } from "../../lib/cli/table.ts";
import { foreignTest, must, run } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { nightdrop } from "../support/nightdrop.ts";

const table = tableOf(await definitionOf(ALL));
const COMMANDS = table.commands.map(({ name }) => name);

/** What a shell offers behind what was typed so far. */
type Offer = (typed: string, directory: string) => Promise<string[]>;

const offerOfBash: Offer = async (typed, directory) => {
  Deno.writeTextFileSync(`${directory}/completions`, bashCompletions(table));
  // As readline cuts the line: at spaces, and at "=" too.
  const words = typed.split(/ |(?==)|(?<==)/);
  const script = `source ./completions; COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); compopt() { :; }; _nightdrop; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return lines((await must("bash", ["--norc", "-c", script], { cwd: directory })).text);
};

const offerOfFish: Offer = async (typed, directory) => {
  Deno.writeTextFileSync(`${directory}/completions`, fishCompletions(table));
  const script = `source ./completions; complete -C '${typed}'`;
  const { text } = await must("fish", ["--no-config", "-c", script], {
    cwd: directory,
    env: { HOME: directory },
  });
  return lines(text).map((line) => line.split("\t")[0]!);
};

/** zsh completes nowhere but at a terminal, which `zpty` is to a zsh in it. */
const offerOfZsh: Offer = async (typed, directory) => {
  Deno.writeTextFileSync(`${directory}/completions`, zshCompletions(table));
  Deno.writeTextFileSync(
    `${directory}/inner.zsh`,
    `PROMPT=; autoload -U compinit; compinit -u -D; source ${directory}/completions
    compadd() { local -a hits; builtin compadd -O hits "$@"; print -l -- $hits >> ${directory}/offer; builtin compadd "$@" }
    finish() { print COMPLETED > /dev/tty }
    comppostfuncs=(finish); bindkey '^I' complete-word; cd ${directory}; print READY`,
  );
  const script = `zmodload zsh/zpty; zpty inner zsh -f -i
    zpty -w inner 'source ${directory}/inner.zsh'; zpty -r -m inner line '*READY*'
    zpty -w -n inner '${typed}'$'\\t'; zpty -r -m inner line '*COMPLETED*'; zpty -d inner`;
  await must("timeout", ["30", "zsh", "-f", "-c", script], { cwd: directory, env: { TERM: "dumb" } });
  return lines(Deno.readTextFileSync(`${directory}/offer`));
};

function lines(text: string): string[] {
  return [...new Set(text.split("\n").filter(Boolean))].sort();
}

for (const [shell, offer] of [["bash", offerOfBash], ["zsh", offerOfZsh], ["fish", offerOfFish]] as const) {
  foreignTest(
    [shell],
    `${shell} completes commands, options, words and files`,
    () =>
      withDirectory(async (directory) => {
        Deno.mkdirSync(`${directory}/at`);
        Deno.mkdirSync(`${directory}/at/fonts`);
        Deno.writeTextFileSync(`${directory}/at/file`, "");
        const rows: [typed: string, has: string[], hasNot: string[]][] = [
          ["nightdrop ", COMMANDS, []],
          ["nightdrop ver", ["verify"], ["restore"]],
          ["nightdrop backup --d", ["--dry-run"], ["--host", "backup"]],
          ["nightdrop completions z", ["zsh"], ["bash"]],
          ["nightdrop provision --emit t", ["terraform"], ["policy"]],
          ["nightdrop upload bucket at/f", ["file", "fonts"], ["verify"]],
          ["nightdrop restore latest --to at/", ["fonts"], ["file"]],
          ["nightdrop backup --config at/f", ["file", "fonts"], ["--host"]],
          ["nightdrop backup --host ", [], ["file", "at", "--host", "verify"]],
        ];
        for (const [typed, has, hasNot] of rows) {
          await Deno.remove(`${directory}/end`).catch(() => {});
          await Deno.remove(`${directory}/offer`).catch(() => {});
          const offered = (await offer(typed, directory)).map((it) =>
            it.replace(/\/$/, "").replace(/^at\//, "")
          );
          for (const word of has) assert.ok(offered.includes(word), `${typed}[TAB]: ${word} in ${offered}`);
          for (const word of hasNot) {
            assert.ok(!offered.includes(word), `${typed}[TAB]: no ${word} in ${offered}`);
          }
        }
      }),
  );
}

foreignTest(
  ["bash"],
  "bash completes the value behind an equals sign",
  () =>
    withDirectory(async (directory) => {
      assert.deepEqual(await offerOfBash("nightdrop provision --emit=t", directory), ["terraform"]);
      assert.deepEqual(await offerOfBash("nightdrop provision --emit=", directory), ["policy", "terraform"]);
    }),
);

foreignTest(
  ["groff", "mandoc"],
  "the manual page is well-formed and documents every command, option and exit code",
  () =>
    withDirectory(async (directory) => {
      const { code, text, stderr } = await nightdrop(["man"]);
      assert.equal(code, 0, stderr);
      const page = `${directory}/nightdrop.1`;
      Deno.writeTextFileSync(page, text);
      for (
        const [reader, args] of [["mandoc", ["-Tlint", "-W", "warning", page]], ["groff", [
          "-man",
          "-ww",
          "-z",
          page,
        ]]] as const
      ) {
        const read = await run(reader, [...args]);
        assert.deepEqual([read.code, read.text, read.stderr], [0, "", ""], reader);
      }
      const shown = (await must("mandoc", ["-Tutf8", "-O", "width=200", page])).text.replaceAll(/.[\b]/g, "");
      for (const { name, options } of table.commands) {
        assert.match(shown, new RegExp(`^ +nightdrop ${name}\\b`, "m"));
        for (const { flag } of options) assert.ok(shown.includes(flag), `${name} ${flag}`);
      }
      assert.match(shown, /^ +11 +another run holds the lock$/m);
      assert.match(
        shown,
        /nightdrop – secure backup for servers you do not trust|nightdrop - secure backup/,
      );
    }),
);

Deno.test("completions prints the script of each shell", async () => {
  for (
    const [shell, script] of [["bash", bashCompletions], ["zsh", zshCompletions], [
      "fish",
      fishCompletions,
    ]] as const
  ) {
    const { code, text } = await nightdrop(["completions", shell]);
    assert.deepEqual([code, text], [0, script(table)], shell);
  }
  const { code, stderr } = await nightdrop(["completions", "tcsh"]);
  assert.deepEqual([code, /bash, zsh, fish/.test(stderr)], [2, true]);
});
