/** Lists as servers should not answer them: what a backup holds is judged by them, so none may pass for whole. */
import assert from "node:assert/strict";
import { s3Reader } from "../../../lib/store/s3/writer.ts";
import { Secret } from "../../../lib/model/secret.ts";
import { rejects } from "../checks.ts";
import { answering, http, withServer } from "../wire.ts";

interface Page {
  /** As they stand in the answer, URL-encoded. */
  readonly keys: string[];
  /** The continuation token; undefined on a last page, empty for a page that says there is more but not where. */
  readonly next?: string;
}

/** A server that lists versions, and one that knows none of them. */
const FORMS = ["versions", "plain"] as const;
type Form = typeof FORMS[number];

/** In the document that the server of a form answers with. */
const TAGS = {
  versions: { list: "ListVersionsResult", entry: "Version", next: "NextKeyMarker" },
  plain: { list: "ListBucketResult", entry: "Contents", next: "NextContinuationToken" },
} as const;

function document({ keys, next }: Page, form: Form): string {
  const { list, entry, next: nextTag } = TAGS[form];
  const contents = keys.map((key) =>
    `<${entry}><Key>${key}</Key><LastModified>2026-11-23T05:00:00.000Z</LastModified><Size>5</Size></${entry}>`
  );
  const token = next ? `<${nextTag}>${next}</${nextTag}>` : "";
  return `<?xml version="1.0" encoding="UTF-8"?><${list} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<Name>b</Name><EncodingType>url</EncodingType><IsTruncated>${next !== undefined}</IsTruncated>${token}
${contents.join("")}</${list}>`;
}

/** What is listed from a server that gives these pages in turn; and the queries for them that it got. */
async function listing(
  form: Form,
  pages: (Page | string)[],
  { prefix = "", after }: { prefix?: string; after?: string } = {},
): Promise<{ names: string[]; queries: URLSearchParams[] }> {
  const queries: URLSearchParams[] = [];
  const answer = (request: string): string => {
    const query = new URL(request.split(" ")[1]!, "http://x").searchParams;
    if (form === "plain" && query.has("versions")) return http(501, {}, "");
    queries.push(query);
    const page = pages[queries.length - 1] ?? "too many requests";
    return http(
      200,
      { "Content-Type": "application/xml" },
      typeof page === "string" ? page : document(page, form),
    );
  };
  return await withServer(answering(answer), async (port) => {
    const reader = s3Reader({
      bucket: "b",
      region: "us-east-1",
      endpoint: `http://127.0.0.1:${port}`,
      prefix: "p",
      credentials: { accessKeyId: "A", secretAccessKey: new Secret("S") },
    });
    try {
      return { names: await Array.fromAsync(reader.list(prefix, { after }), ({ name }) => name), queries };
    } finally {
      reader.close();
    }
  });
}

Deno.test("pages are asked for by their tokens, and all of them are given", async () => {
  const odd = "1+/=&%20\u00fc";
  const { names, queries } = await listing(
    "plain",
    [{ keys: ["p/xa", "p/xb"], next: odd }, { keys: [], next: "2" }, { keys: ["p/xc"] }],
    { prefix: "x", after: "w" },
  );
  assert.deepEqual(names, ["xa", "xb", "xc"]);
  assert.equal(queries[0]!.get("start-after"), "p/w");
  assert.deepEqual(queries.map((it) => it.get("continuation-token")), [null, odd, "2"]);
  for (const query of queries) {
    assert.equal(query.get("list-type"), "2");
    assert.equal(query.get("encoding-type"), "url");
    assert.equal(query.get("prefix"), "p/x");
  }
});

Deno.test("pages of versions are asked for by their markers, encoded as the key or not", async () => {
  const { names, queries } = await listing(
    "versions",
    [{ keys: ["p/w", "p/x%252B"], next: "p/x%2B" }, { keys: [], next: "p/x%2B%20y" }, {
      keys: ["p/xc"],
    }],
    { prefix: "", after: "w" },
  );
  assert.deepEqual(names, ["x%2B", "xc"], "and what lies before the begin is left out");
  assert.deepEqual(queries.map((it) => it.get("key-marker")), ["p/w", "p/x%2B", "p/x+ y"]);
  for (const query of queries) assert.equal(query.get("encoding-type"), "url");
});

for (const form of FORMS) {
  Deno.test(`names are decoded, whichever way the server writes a space (${form})`, async () => {
    const { names } = await listing(form, [{
      keys: ["p/%20", "p/a+b", "p/a%20c", "p/a%2Bb", "p/a/%F0%9F%98%80", "p/b%01"],
    }]);
    assert.deepEqual(names, [" ", "a b", "a c", "a+b", "a/😀", "b\x01"]);
  });
}

const BROKEN: [string, (form: Form) => (Page | string)[], RegExp][] = [
  ["says there is more but not where", () => [{ keys: ["p/a"], next: "" }], /cut short/],
  ["goes in a circle", () => [{ keys: ["p/a"], next: "1" }, { keys: [], next: "1" }], /cut short/],
  [
    "gives a page twice",
    () => [{ keys: ["p/a", "p/b"], next: "1" }, { keys: ["p/a", "p/b"], next: "2" }],
    /out of order/,
  ],
  ["goes back", () => [{ keys: ["p/a", "p/c", "p/b"] }], /out of order/],
  ["goes back between pages", () => [{ keys: ["p/b"], next: "1" }, { keys: ["p/a"] }], /out of order/],
  ["sorts like UTF-16", () => [{ keys: ["p/%F0%9F%98%80", "p/%EF%BD%9E"] }], /out of order/],
  [
    "goes on for ever with new tokens and no entries",
    () => Array.from({ length: 110 }, (_, at) => ({ keys: [], next: `p/${1000 + at}` })),
    /goes on without an entry for 100 pages/,
  ],
  ["gives keys of another directory", () => [{ keys: ["q/a"] }], /not well formed/],
  ["gives keys that are not UTF-8", () => [{ keys: ["p/%FF"] }], /not well formed/],
  ["gives no size", (form) => [without(/<Size>.*<\/Size>/, form)], /not well formed/],
  ["gives no time", (form) => [without(/<LastMod.*Modified>/, form)], /not well formed/],
];

function without(part: RegExp, form: Form): string {
  return document({ keys: ["p/a"] }, form).replace(part, "");
}

for (const form of FORMS) {
  for (const [what, pages, reported] of BROKEN) {
    Deno.test(`a list that ${what} is refused (${form})`, async () => {
      const { message } = await rejects(listing(form, pages(form)), "failed");
      assert.match(message, reported);
    });
  }

  Deno.test(`a list that gives what was not asked for is refused (${form})`, async () => {
    await rejects(listing(form, [{ keys: ["p/a"] }], { prefix: "b" }), "failed");
  });

  Deno.test(`a list that ends within its document is refused (${form})`, async () => {
    const cut = document({ keys: ["p/a", "p/b"] }, form).slice(0, -60);
    await rejects(listing(form, [cut]), "unreachable");
  });
}

Deno.test("a plain list that begins before it was asked to is refused", async () => {
  await rejects(listing("plain", [{ keys: ["p/a"] }], { after: "a" }), "failed");
});

Deno.test("a server that answers as if it had not been asked for versions is asked without them", async () => {
  const page = { keys: ["p/a", "p/b"] };
  const { names, queries } = await listing("versions", [document(page, "plain"), document(page, "plain")]);
  assert.deepEqual(names, ["a", "b"]);
  assert.deepEqual(queries.map((it) => it.has("versions")), [true, false]);
});
