/** Lists as servers should not answer them: what a backup holds is judged by them, so none may pass for whole. */
import assert from "assert";
import { s3Reader } from "../../lib/store/s3.ts";
import { Secret } from "../../lib/model/secret.ts";
import { rejects } from "./checks.ts";
import { answering, http, withServer } from "./wire.ts";

interface Page {
  /** As they stand in the answer, URL-encoded. */
  readonly keys: string[];
  /** The continuation token; undefined on a last page, empty for a page that says there is more but not where. */
  readonly next?: string;
}

function document({ keys, next }: Page): string {
  const contents = keys.map((key) =>
    `<Contents><Key>${key}</Key><LastModified>2026-11-23T05:00:00.000Z</LastModified><Size>5</Size></Contents>`
  );
  const token = next ? `<NextContinuationToken>${next}</NextContinuationToken>` : "";
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<Name>b</Name><EncodingType>url</EncodingType><IsTruncated>${next !== undefined}</IsTruncated>${token}
${contents.join("")}</ListBucketResult>`;
}

/** What is listed from a server that gives these pages in turn; and the queries that it got. */
async function listing(
  pages: (Page | string)[],
  { prefix = "", after }: { prefix?: string; after?: string } = {},
): Promise<{ names: string[]; queries: URLSearchParams[] }> {
  const queries: URLSearchParams[] = [];
  const answer = (request: string): string => {
    queries.push(new URL(request.split(" ")[1]!, "http://x").searchParams);
    const page = pages[queries.length - 1] ?? "too many requests";
    return http(200, { "Content-Type": "application/xml" }, typeof page === "string" ? page : document(page));
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

Deno.test("names are decoded, whichever way the server writes a space", async () => {
  const { names } = await listing([{
    keys: ["p/%20", "p/a+b", "p/a%20c", "p/a%2Bb", "p/a/%F0%9F%98%80", "p/b%01"],
  }]);
  assert.deepEqual(names, [" ", "a b", "a c", "a+b", "a/😀", "b\x01"]);
});

const BROKEN: [string, (Page | string)[], RegExp][] = [
  ["says there is more but not where", [{ keys: ["p/a"], next: "" }], /cut short/],
  ["goes in a circle", [{ keys: ["p/a"], next: "1" }, { keys: [], next: "1" }], /cut short/],
  ["gives a page twice", [{ keys: ["p/a"], next: "1" }, { keys: ["p/a"], next: "2" }], /out of order/],
  ["goes back", [{ keys: ["p/a", "p/c", "p/b"] }], /out of order/],
  ["goes back between pages", [{ keys: ["p/b"], next: "1" }, { keys: ["p/a"] }], /out of order/],
  ["sorts like UTF-16", [{ keys: ["p/%F0%9F%98%80", "p/%EF%BD%9E"] }], /out of order/],
  ["gives keys of another folder", [{ keys: ["q/a"] }], /not well formed/],
  ["gives keys that are not UTF-8", [{ keys: ["p/%FF"] }], /not well formed/],
  ["gives no size", [document({ keys: ["p/a"] }).replace(/<Size>.*<\/Size>/, "")], /not well formed/],
  ["gives no time", [document({ keys: ["p/a"] }).replace(/<LastMod.*Modified>/, "")], /not well formed/],
];

for (const [what, pages, told] of BROKEN) {
  Deno.test(`a list that ${what} is refused`, async () => {
    const { message } = await rejects(listing(pages), "failed");
    assert.match(message, told);
  });
}

Deno.test("a list that gives what was not asked for is refused", async () => {
  await rejects(listing([{ keys: ["p/a"] }], { prefix: "b" }), "failed");
  await rejects(listing([{ keys: ["p/a"] }], { after: "a" }), "failed");
});

Deno.test("a list that ends within its document is refused", async () => {
  await rejects(listing([document({ keys: ["p/a", "p/b"] }).slice(0, -60)]), "unreachable");
});
