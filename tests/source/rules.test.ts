import assert from "node:assert/strict";
import fc from "fast-check";
import { Misuse } from "../../lib/model/failure.ts";
import { excluder, matcher } from "../../lib/source/rules.ts";
import { foreignTest, must } from "../support/foreign.ts";
import { processorMs } from "../support/processor.ts";

/** Pattern, path (directories with a slash at the end), whether it matches. */
const ROWS: readonly [string, string, boolean][] = [
  ["node_modules", "/srv/app/node_modules/", true],
  ["node_modules", "/srv/app/node_modules.txt", false],
  ["cache", "/cache", true],
  ["*.tmp", "/a/b.tmp", true],
  ["*.tmp", "/a/.tmp", true],
  ["*.tmp", "/a/b.tmp/c", false],
  ["*.tmp", "/a/b.tmp~", false],
  ["*", "/x", true],
  ["**", "/x/y", true],
  ["a*", "/a", true],
  ["a*a", "/a", false],
  ["a*a", "/aa", true],
  ["a*b*c", "/abc", true],
  ["a*b*c", "/a-b-b-c", true],
  ["a*b*c", "/acb", false],
  ["*ab*ab*", "/xabxab", true],
  ["*ab*ab*", "/xabab", true],
  ["*ab*ab*", "/xaab", false],
  ["?", "/a", true],
  ["?", "/ab", false],
  ["?", "/😀", true],
  ["?", "/\n", true],
  ["x??z", "/x😀yz", true],
  ["[abc]", "/b", true],
  ["[abc]", "/d", false],
  ["[a-c]x", "/bx", true],
  ["[!a-c]", "/d", true],
  ["[!a-c]", "/b", false],
  ["[^a-c]", "/d", true],
  ["[]]", "/]", true],
  ["[]a]", "/a", true],
  ["[!]]", "/]", false],
  ["[!]]", "/x", true],
  ["[a-]", "/-", true],
  ["[-a]", "/-", true],
  ["[*]", "/*", true],
  ["[*]", "/x", false],
  ["[?]", "/?", true],
  ["[[]", "/[", true],
  ["[\\]", "/\\", true],
  ["[à-ü]", "/é", true],
  ["[😀-😂]", "/😁", true],
  ["a[!b]c", "/a/c", false],
  ["a.b", "/axb", false],
  ["a+(b)$^|{}", "/a+(b)$^|{}", true],
  ["back\\slash", "/back\\slash", true],
  ["core.[0-9]*", "/tmp/core.123", true],
  ["cache/", "/srv/cache/", true],
  ["cache/", "/srv/cache", false],
  ["c*/", "/srv/cache/", true],
  ["/srv/cache", "/srv/cache/", true],
  ["/srv/cache", "/srv/cache", true],
  ["srv/cache", "/srv/cache", true],
  ["/srv/cache", "/x/srv/cache", false],
  ["/srv/cache", "/srv/cache/below", false],
  ["/srv/cache", "/srv/cachex", false],
  ["/srv/cache/", "/srv/cache", false],
  ["/srv", "/srv/", true],
  ["/home/*/.cache", "/home/eve/.cache/", true],
  ["/home/*/.cache", "/home/.cache", false],
  ["/home/*/.cache", "/home/a/b/.cache", false],
  ["/home/*", "/home/eve", true],
  ["/home/*", "/home/eve/x", false],
  ["/a/**/b", "/a/b", true],
  ["/a/**/b", "/a/x/b", true],
  ["/a/**/b", "/a/x/y/b", true],
  ["/a/**/b", "/a/xb", false],
  ["/a/**/b/**/c", "/a/b/x/b/c", true],
  ["/a/**/b/**/c", "/a/c", false],
  ["**/b", "/b", true],
  ["**/b", "/x/y/b", true],
  ["**/x/*.log", "/var/x/y.log", true],
  ["**/x/*.log", "/var/x/y/z.log", false],
  ["/a/**", "/a/", false],
  ["/a/**", "/a/b", true],
  ["/a/**", "/a/b/c", true],
  ["/a/**", "/b/c", false],
  ["/**/x/**/x/**/y", "/x/x/y", true],
  ["/**/x/**/x/**/y", "/x/y", false],
  ["/a**b/c", "/axxb/c", true],
  ["/a**b/c", "/a/b/c", false],
  ["/", "/", true],
  ["/", "/a", false],
];

for (const [pattern, path, wanted] of ROWS) {
  Deno.test(`the pattern ${JSON.stringify(pattern)} ${wanted ? "matches" : "does not match"} ${JSON.stringify(path)}`, () => {
    const directory = path.endsWith("/");
    const plain = path === "/" ? path : path.replace(/\/$/, "");
    assert.equal(excluder([pattern])(plain, directory), wanted);
  });
}

Deno.test("patterns are alternatives, and none matches nothing", () => {
  const matches = excluder(["/a", "*.b", "c/", "/d/*"]);
  for (const path of ["/a", "/x.b", "/c", "/d/x"]) assert.ok(matches(path, true), path);
  assert.ok(!matches("/e", true));
  assert.ok(!excluder([])("/a", true));
});

Deno.test("a glob selects an entry or everything below a directory it names", () => {
  const selects = matcher(["/etc/ssh", "*.conf", "cache/", "/home/*/mail"]);
  assert.ok(selects("/etc/ssh", true));
  assert.ok(selects("/etc/ssh/keys/a", false));
  assert.ok(selects("/srv/x.conf", false));
  assert.ok(selects("/srv/x.conf/y/z", false));
  assert.ok(selects("/srv/cache/x", false));
  assert.ok(selects("/home/eve/mail/new/1", false));
  assert.ok(!selects("/srv/cache", false), "a file of that name is no directory");
  assert.ok(!selects("/etc/sshd", false));
  assert.ok(!selects("/home/eve", true));
  assert.ok(matcher(["/"])("/anything/at/all", false));
  assert.ok(!matcher([])("/anything", false));
});

const BAD: Readonly<Record<string, RegExp>> = {
  "": /empty/,
  "//": /empty name/,
  "a//b": /empty name/,
  "./a": /"\."/,
  "/a/../b": /"\.\."/,
  "..": /"\.\."/,
  "[a": /not closed/,
  "[]": /not closed/,
  "[!]": /not closed/,
  "/x/[a/b]": /not closed/,
  "[z-a]": /is reversed/,
  "[[:alpha:]]": /named classes/,
  "a\0b": /NUL/,
};

for (const [pattern, problem] of Object.entries(BAD)) {
  Deno.test(`the pattern ${JSON.stringify(pattern)} is refused with a remedy`, () => {
    for (const compile of [excluder, matcher]) {
      assert.throws(() => compile(["fine", pattern]), (error) => {
        assert.ok(error instanceof Misuse);
        assert.match(error.message, problem);
        assert.ok(error.message.includes(`"${pattern}"`));
        return error.hint !== undefined;
      });
    }
  });
}

Deno.test("no pattern makes matching slow", () => {
  // Each would take longer than the universe has been there, if tried by going back.
  const name = "a".repeat(4000);
  const path = "/a".repeat(2000);
  assert.ok(!excluder(["a*".repeat(100) + "b"])(`/${name}`, false));
  assert.ok(!excluder(["*a".repeat(100) + "b*"])(`/${name}`, false));
  assert.ok(!excluder(["*[ab]?".repeat(100) + "b"])(`/${name}`, false));
  assert.ok(!excluder(["**/a/*a*/".repeat(100) + "b"])(path, false));
  assert.ok(!matcher(["/" + "**/a*a/".repeat(20) + "b"])("/aa".repeat(300), false));
});

Deno.test("no path makes matching slow, however many names it has", () => {
  const deep = "/a".repeat(16_000);
  const began = processorMs();
  for (
    const pattern of ["*.conf", "/etc/*.conf", "/a/*/b", "/**/b", "/**/a/b", "b/", "/a/b", "/etc/ssh", "*a*b"]
  ) {
    for (let at = 0; at < 20; at++) assert.ok(!matcher([pattern])(`${deep}/${at}`, false), pattern);
  }
  assert.ok(processorMs() - began < 10_000, "to look at each directory by itself takes minutes");
});

Deno.test("a pattern of more than 4,096 characters is refused", () => {
  assert.ok(matcher([`/${"a".repeat(4095)}`])(`/${"a".repeat(4095)}`, false));
  for (const compile of [excluder, matcher]) {
    assert.throws(() => compile(["*".repeat(4097)]), /more than 4096 characters/);
  }
});

const somePattern = fc.tuple(
  fc.constantFrom("", "/"),
  fc.array(fc.constantFrom("a", "b", "*", "a*", "?", "**", "[ab]"), { minLength: 1, maxLength: 4 }),
  fc.constantFrom("", "/"),
).map(([begin, names, end]) => begin + names.join("/") + end);
const somePath = fc.array(fc.constantFrom("a", "b", "ab", "c"), { maxLength: 5 }).map((names) =>
  "/" + names.join("/")
);

Deno.test("a glob selects matching entries and everything below a matching directory", () => {
  fc.assert(
    fc.property(
      fc.array(somePattern, { maxLength: 3 }),
      somePath,
      fc.boolean(),
      (patterns, path, directory) => {
        const itself = excluder(patterns);
        const above = path.slice(1).split("/").map((_, at, names) => "/" + names.slice(0, at).join("/"));
        const wanted = itself(path, directory) || above.some((it) => itself(it, true));
        assert.equal(matcher(patterns)(path, directory), wanted);
      },
    ),
    { numRuns: 5000 },
  );
});

/** The plain way to match, which tries everything: right, and slow. */
function naive(pattern: readonly string[], name: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return name.length === 0;
  if (first === "*") return naive(rest, name) || (name.length > 0 && naive(pattern, name.slice(1)));
  return name.length > 0 && (first === "?" || first === name[0]) && naive(rest, name.slice(1));
}

const letters = fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 12 });
const globLetters = fc.array(fc.constantFrom("a", "b", "*", "?"), { minLength: 1, maxLength: 8 });

Deno.test("stars in names match as trying everything does", () => {
  fc.assert(fc.property(globLetters, letters, (glob, name) => {
    assert.equal(excluder([glob.join("")])("/" + name.join(""), false), naive(glob, name));
  }));
});

Deno.test("double stars in paths match as trying everything does", () => {
  fc.assert(fc.property(globLetters, letters, (glob, name) => {
    // "?" is one name here, "*" any number of them, at the end one at least.
    const pattern = glob.map((it) => it === "*" ? "**" : it === "?" ? "*" : it);
    const wanted = naive(glob.at(-1) === "*" ? [...glob, "?"] : glob, name);
    assert.equal(excluder(["/" + pattern.join("/")])("/" + name.join("/"), false), wanted);
  }));
});

foreignTest(["python3"], "single names match as Python's fnmatch has it", async () => {
  const pairs = fc.sample(
    fc.tuple(
      fc.array(fc.constantFrom("a", "b", "-", "*", "?", "[ab]", "[!a]", "[a-c]", "."), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.array(fc.constantFrom("a", "b", "c", "-", "."), { minLength: 1, maxLength: 6 }),
    ).map(([glob, name]) => [glob.join(""), name.join("")] as const).filter(([glob]) =>
      !/^\.{1,2}$/.test(glob)
    ),
    2000,
  );
  const script = "import fnmatch,json,sys\n" +
    "print(json.dumps([fnmatch.fnmatchcase(n, g) for g, n in json.load(sys.stdin)]))";
  const { text } = await must("python3", ["-c", script], { stdin: JSON.stringify(pairs) });
  assert.deepEqual(pairs.map(([glob, name]) => excluder([glob])(`/${name}`, false)), JSON.parse(text));
});
