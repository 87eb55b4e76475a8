/** A target that somebody else could move away or fill is refused before anything is written. */
import assert from "node:assert/strict";
import { prepareTarget } from "../../lib/extract/target.ts";
import { Misuse } from "../../lib/model/failure.ts";
import { withDirectory } from "../support/directory.ts";
import { NOBODY } from "./unprivileged.ts";

const ROOT = Deno.uid() === 0;

interface Case {
  /** Directories as `path mode [owner]`. */
  readonly there: readonly string[];
  readonly target?: string;
  readonly refused?: RegExp;
  readonly root?: boolean;
}

const CASES: Readonly<Record<string, Case>> = {
  "our own directory": { there: ["t 755"] },
  "one that is missing in our own directory": { there: ["a 755"], target: "a/t" },
  "one that is missing where all may write, with the sticky bit": { there: ["a 1777"], target: "a/t" },
  "our own directory where all may write, with the sticky bit": {
    there: ["a 1777", "a/t 700"],
    target: "a/t",
  },
  "one that all may write to": { there: ["t 777"], refused: /all users can write to it$/ },
  "one that all may write to, with the sticky bit": {
    there: ["t 1777"],
    refused: /all users can write to it$/,
  },
  "one in a directory that all may write to": {
    there: ["a 777", "a/t 700"],
    target: "a/t",
    refused: /of ".*\/a": all users can write to it$/,
  },
  "one that is missing in a directory that all may write to": {
    there: ["a 777"],
    target: "a/b/t",
    refused: /of ".*\/a": all users can write to it$/,
  },
  "one of another user": { there: [`t 700 ${NOBODY}`], refused: /user 65534 owns it$/, root: true },
  "one of another user where all may write, with the sticky bit": {
    there: ["a 1777", `a/t 755 ${NOBODY}`],
    target: "a/t",
    refused: /user 65534 owns it$/,
    root: true,
  },
  "one in a directory of another user": {
    there: [`a 755 ${NOBODY}`, "a/t 700"],
    target: "a/t",
    refused: /of ".*\/a": user 65534 owns it$/,
    root: true,
  },
};

for (const [what, { there, target = "t", refused, root = false }] of Object.entries(CASES)) {
  Deno.test(
    `a restore ${refused ? "refuses" : "takes"} as its target ${what}`,
    { ignore: root && !ROOT },
    () =>
      withDirectory((at) => {
        for (const line of there) {
          const [path, mode, owner] = line.split(" ");
          Deno.mkdirSync(`${at}/${path}`);
          Deno.chmodSync(`${at}/${path}`, parseInt(mode!, 8));
          if (owner !== undefined) Deno.chownSync(`${at}/${path}`, Number(owner), Number(owner));
        }
        if (refused === undefined) {
          assert.equal(prepareTarget(`${at}/${target}`).path, `${Deno.realPathSync(at)}/${target}`);
          return;
        }
        assert.throws(() => prepareTarget(`${at}/${target}`), (error) => {
          assert.ok(error instanceof Misuse);
          assert.match(error.message, /^Cannot restore into/);
          assert.match(error.message, refused);
          assert.match(error.hint!, /Name a directory of your own/);
          return true;
        });
      }),
  );
}

Deno.test("a link to a directory that others can write to is refused as a target", () =>
  withDirectory((at) => {
    Deno.mkdirSync(`${at}/a`);
    Deno.mkdirSync(`${at}/a/t`);
    Deno.chmodSync(`${at}/a`, 0o777);
    Deno.symlinkSync("a/t", `${at}/link`);
    assert.throws(() => prepareTarget(`${at}/link`), Misuse);
  }));
