/** The links of the documents: to files that exist, and to headings that are in them. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path/posix";

const root = new URL("../../", import.meta.url).pathname;

const documents = [
  "README.md",
  ...[...Deno.readDirSync(`${root}docs`)].map(({ name }) => `docs/${name}`).filter((it) =>
    it.endsWith(".md")
  ),
];

/** The anchors that GitHub gives to the headings of a document. */
function anchors(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map((match) => match[1]!);
  return new Set(
    headings.map((it) => it.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")),
  );
}

Deno.test("each link of a document leads to a file and to a heading that exist", () => {
  for (const document of documents) {
    const text = Deno.readTextFileSync(root + document);
    for (const [, target] of text.matchAll(/\]\((?!\w+:)(.*?)\)/g)) {
      const [path = "", anchor] = target!.split("#");
      const file = path === "" ? document : join(dirname(document), path);
      assert.ok(Deno.statSync(root + file), `${document}: ${target}`);
      if (anchor !== undefined) {
        assert.ok(anchors(Deno.readTextFileSync(root + file)).has(anchor), `${document}: ${target}`);
      }
    }
  }
});

Deno.test("the README links each document", () => {
  const readme = Deno.readTextFileSync(`${root}README.md`);
  for (const document of documents.slice(1)) assert.ok(readme.includes(`](${document})`), document);
});

Deno.test("each document that code or a document names exists", async () => {
  for await (const file of sources(["lib", "scripts", "tests", "docs", "README.md"])) {
    for (const [name] of (await Deno.readTextFile(file)).matchAll(/\bdocs\/[\w-]+\.(?:md|json)\b/g)) {
      assert.ok(Deno.statSync(root + name), `${file}: ${name}`);
    }
  }
});

async function* sources(places: readonly string[]): AsyncGenerator<string> {
  for (const place of places) {
    if (/\.(ts|tsx|md)$/.test(place)) yield root + place;
    else if (Deno.statSync(root + place).isDirectory) {
      yield* sources([...Deno.readDirSync(root + place)].map(({ name }) => `${place}/${name}`));
    }
  }
}
