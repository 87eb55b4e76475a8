/** Limits of files, functions and classes, found with the parser of `deno lint`. */
import assert from "node:assert/strict";

/** Maximum number of lines of a file, by the directory at the root. Files of tests contain more data. */
const MAX_LINES: Readonly<Record<string, number>> = { lib: 250, scripts: 250, tests: 450 };

/** Maximum number of lines of a function in lib/ and scripts/, without its doc comment. */
const MAX_FUNCTION_LINES = 40;

/** Maximum number of private fields of a class in lib/ and scripts/. */
const MAX_PRIVATE_FIELDS = 9;

/** Reason for a longer function or for more fields, in the comment before it. */
const REASON = /\b(?:Long|Many fields) because\b/;

const ROOT = new URL("../", import.meta.url).pathname;

type Node = Deno.lint.Node & { readonly parent: Node };

/** Rule that reports functions and classes above the limits. */
const plugin: Deno.lint.Plugin = {
  name: "nightdrop",
  rules: {
    sizes: {
      create: (context): Deno.lint.LintVisitor => {
        const { text } = context.sourceCode;
        const check = (node: Deno.lint.Node, size: number, limit: number, what: string): void => {
          if (size <= limit || REASON.test(commentBefore(context.sourceCode, node as Node))) return;
          const line = text.slice(0, node.range[0]).split("\n").length;
          context.report({ node, message: `line ${line}: ${size} ${what}, more than ${limit}` });
        };
        return {
          "FunctionDeclaration, FunctionExpression, ArrowFunctionExpression"(node: Deno.lint.Node): void {
            check(
              node,
              text.slice(...node.range).split("\n").length,
              MAX_FUNCTION_LINES,
              "lines of a function",
            );
          },
          ClassBody(node): void {
            const fields = node.body.filter((member) =>
              member.type === "PropertyDefinition" && member.key.type === "PrivateIdentifier"
            );
            check(node, fields.length, MAX_PRIVATE_FIELDS, "private fields of a class");
          },
        };
      },
    },
  },
};

/** Returns the comment directly before the statement or class member that a node belongs to; empty if there is none. */
function commentBefore(source: Deno.lint.SourceCode, node: Node): string {
  let outer = node;
  while (!["Program", "ClassBody", "BlockStatement", "ObjectExpression"].includes(outer.parent.type)) {
    outer = outer.parent;
  }
  const comment = source.getCommentsBefore(outer as Deno.lint.Node).at(-1);
  if (comment === undefined || source.text.slice(comment.range[1], outer.range[0]).trim() !== "") return "";
  return comment.value.replace(/\n\s*\*/g, "").replace(/\s+/g, " ");
}

/** Returns what exceeds a limit in a source text. */
function violations(path: string, text: string): string[] {
  const [top = ""] = path.split("/");
  const lines = text.split("\n").length - 1;
  const found = lines > MAX_LINES[top]! ? [`${lines} lines, more than ${MAX_LINES[top]}`] : [];
  const inside = top === "tests" ? [] : Deno.lint.runPlugin(plugin, path, text).map(({ message }) => message);
  return [...found, ...inside].map((message) => `${path}: ${message}`);
}

function* sourcesBelow(directory: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(ROOT + directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) yield* sourcesBelow(path);
    else if (/\.tsx?$/.test(name)) yield path;
  }
}

for (const top of Object.keys(MAX_LINES)) {
  Deno.test(`no file, function or class of ${top}/ is above its limit without a reason`, () => {
    const files = [...sourcesBelow(top)];
    assert.ok(files.length > 20);
    assert.deepEqual(files.flatMap((path) => violations(path, Deno.readTextFileSync(ROOT + path))), []);
  });
}

const LINES = "  call();\n".repeat(MAX_FUNCTION_LINES);
const FIELDS = Array.from({ length: MAX_PRIVATE_FIELDS + 1 }, (_, at) => `  #f${at} = 0;\n`).join("");

for (
  const [what, text, found] of [
    ["a long function", `function f(): void {\n${LINES}}\n`, /line 1: 42 lines of a function, more than 40/],
    ["a long arrow function", `\nconst f = (): void => {\n${LINES}};\n`, /line 2: 42 lines/],
    ["a long method", `class A {\n  f(): void {\n${LINES}  }\n}\n`, /line 2: 42 lines/],
    [
      "a class with many private fields",
      `class A {\n${FIELDS}}\n`,
      /10 private fields of a class, more than 9/,
    ],
    [
      "a reason before another function",
      `/** Long because. */\nconst a = 1;\nfunction f() {\n${LINES}}\n`,
      /line 3/,
    ],
    ["a long file", "call();\n".repeat(251), /lib\/a\.ts: 251 lines, more than 250/],
  ] as const
) {
  Deno.test(`the limits report ${what}`, () => {
    const reported = violations("lib/a.ts", text);
    assert.equal(reported.length, 1);
    assert.match(reported[0]!, found);
  });
}

for (
  const [what, text] of [
    ["a function of exactly 40 lines", `function f(): void {\n${LINES.slice(0, -20)}}\n`],
    [
      "a long function with a reason",
      `/** Does it.\n * Long because\n * of data. */\nexport function f() {\n${LINES}}\n`,
    ],
    ["a class with a reason", `/** Many fields because it is one state. */\nexport class A {\n${FIELDS}}\n`],
    ["a file of exactly 250 lines", "call();\n".repeat(250)],
  ] as const
) {
  Deno.test(`the limits accept ${what}`, () => {
    assert.deepEqual(violations("lib/a.ts", text), []);
  });
}
