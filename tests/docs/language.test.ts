/** Words and forms that readers have to translate: see "Language" in docs/CODE.md. */
import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Words with a plainer term: re-send, no user, owner, available, missing, report. */
const WORDS = /\b(anew|nobody|whoever|to be had|amiss|told)\b/i;

/** Places that may have such a word, each with its reason. */
const ALLOWED: readonly (readonly [path: string, text: RegExp, reason: string])[] = [
  [
    "lib/store/audit/user_probes.ts",
    /\bNOBODY\b|nightdrop-audit-nobody/,
    "the name of a user that does not exist",
  ],
];

/** Words that begin a clause instead of the name of the symbol, or a verb that says what it does. */
const BEGINNING = /^(?:What|Whose|Who|Where|When|How|Why|Whoever|Whatever|Lets go|The same|Likewise)\b/;

/** Returns the lines of a text with a word to avoid. */
function wordsIn(path: string, text: string): string[] {
  return text.split("\n").flatMap((line, at) => {
    const isAllowed = ALLOWED.some(([file, allowed]) => file === path && allowed.test(line));
    return WORDS.test(line) && !isAllowed ? [`${path}:${at + 1}: ${line.trim()}`] : [];
  });
}

/** Returns the doc comments of a source text that are empty or do not say first what the symbol is or returns. */
function commentsIn(path: string, text: string): string[] {
  return [...text.matchAll(/\/\*\*([^]*?)\*\//g)].flatMap(([, comment]) => {
    const sentence = comment!.replace(/\n\s*\*/g, " ").trim();
    return sentence === "" || BEGINNING.test(sentence) ? [`${path}: ${sentence.slice(0, 80)}`] : [];
  });
}

function* filesBelow(directory: string, ending: RegExp): Generator<[path: string, text: string]> {
  for (const { name, isDirectory } of Deno.readDirSync(ROOT + directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) yield* filesBelow(path, ending);
    else if (ending.test(name)) yield [path, Deno.readTextFileSync(ROOT + path)];
  }
}

Deno.test("documents, messages and comments use standard terms", () => {
  const files = [...filesBelow("docs", /\.(md|json)$/), ...filesBelow("lib", /\.tsx?$/)];
  const readme = Deno.readTextFileSync(`${ROOT}README.md`);
  assert.ok(files.length > 300);
  assert.deepEqual(
    [["README.md", readme] as const, ...files].flatMap(([path, text]) => wordsIn(path, text)),
    [],
  );
});

Deno.test("each exception for a word is needed", () => {
  for (const [path, text] of ALLOWED) {
    const lines = Deno.readTextFileSync(ROOT + path).split("\n");
    assert.ok(lines.some((line) => WORDS.test(line) && text.test(line)), path);
  }
});

Deno.test("each doc comment of lib/ says first what its symbol is or returns", () => {
  const files = [...filesBelow("lib", /\.tsx?$/)];
  assert.deepEqual(files.flatMap(([path, text]) => commentsIn(path, text)), []);
});

Deno.test("a word to avoid and an unclear comment are found", () => {
  assert.equal(wordsIn("README.md", "Everything is sent anew\nWe told you\nas toldx").length, 2);
  assert.equal(wordsIn("lib/a.ts", 'const NOBODY = "nobody"').length, 1, "an exception is for its file only");
  assert.equal(wordsIn("lib/store/audit/user_probes.ts", "UserName: NOBODY").length, 0);
  const unclear = ["/** */", "/** What it holds. */", "/**\n * Lets go of sockets.\n */", "/** The same. */"];
  for (const comment of unclear) assert.equal(commentsIn("lib/a.ts", comment).length, 1, comment);
  for (const comment of ["/** Returns what it holds. */", "/** Whether it is whole. */", "/** Wheres. */"]) {
    assert.equal(commentsIn("lib/a.ts", comment).length, 0, comment);
  }
});
