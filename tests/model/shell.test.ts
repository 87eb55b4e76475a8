import assert from "node:assert/strict";
import { shellWord } from "../../lib/model/shell.ts";
import { has, must } from "../support/foreign.ts";

const WORDS = [
  "",
  "plain",
  "a b",
  "it's",
  "''",
  'a"b',
  "$HOME",
  "$(id)",
  "`id`",
  "\\",
  "a\\",
  "*",
  "~",
  "#x",
  "!x",
  "-n",
  "a\nb",
  "\r",
  "\t",
  "é\u2028",
  "{a,b}",
  "<x>",
  "a;b&c|d",
  "=ls",
  "%s",
];

for (const shell of ["sh", "bash", "zsh", "busybox"].filter(has)) {
  Deno.test(`${shell} passes a quoted word to a program unchanged`, async () => {
    const args = shell === "busybox" ? ["sh", "-c"] : ["-c"];
    const { text } = await must(shell, [...args, `printf '%s\\0' ${WORDS.map(shellWord).join(" ")}`]);
    assert.deepEqual(text.split("\0"), [...WORDS, ""]);
  });
}
