import assert from "node:assert/strict";
import { Failure } from "../../lib/model/failure.ts";
import { pingUrl } from "../../lib/notify/ping.ts";
import { post } from "../../lib/notify/post.ts";
import { withListener } from "../support/listener.ts";

const MESSAGE = { body: "hello", type: "text/plain", pause: 1 };

/** What a post fails with. */
async function failure(url: string, message: Partial<Parameters<typeof post>[1]> = {}): Promise<string> {
  try {
    await post(new URL(url), { ...MESSAGE, ...message });
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return error.message;
  }
  return "";
}

Deno.test("a message is posted once if the server accepts it", () =>
  withListener(async ({ url, heard }) => {
    await post(new URL(`${url}/hunter2?a=b`), MESSAGE);
    assert.deepEqual(heard, ["POST /hunter2?a=b hello"]);
  }));

Deno.test("a temporary error is retried once", async () => {
  let fail = 1;
  const answer = (): Response => new Response(null, { status: fail-- > 0 ? 503 : 204 });
  await withListener(async ({ url, heard }) => {
    await post(new URL(url), MESSAGE);
    assert.equal(heard.length, 2);
    fail = 9;
    assert.match(await failure(`${url}/hunter2`), /^127\.0\.0\.1:\d+: answered 503$/);
    assert.equal(heard.length, 4);
  }, answer);
});

Deno.test("a refused request is not repeated, and a redirect is not followed", async () => {
  const answer = ({ url }: Request): Response =>
    new URL(url).pathname === "/moved"
      ? Response.redirect("http://127.0.0.1/elsewhere")
      : new Response("", { status: 404 });
  await withListener(async ({ url, heard }) => {
    assert.match(await failure(`${url}/hunter2`), /answered 404$/);
    assert.match(await failure(`${url}/moved`), /answered 302, a redirect: set the URL/);
    assert.equal(heard.length, 2);
  }, answer);
});

Deno.test("a server that does not answer is given up after the time limit", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await withListener(async ({ url, heard }) => {
    assert.match(await failure(`${url}/hunter2`, { timeout: 50 }), /no answer in time$/);
    assert.equal(heard.length, 2);
    resolve();
  }, () => promise.then(() => new Response()));
});

Deno.test("a failure names only the server of the URL", async () => {
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = closed.addr as Deno.NetAddr;
  closed.close();
  for (
    const url of [
      `http://127.0.0.1:${port}/hunter2`,
      `https://127.0.0.1:${port}/hunter2?hunter2`,
      "http://127.0.0.1:1/hunter2",
      "https://hunter.example.org/hunter2",
    ]
  ) {
    const said = await failure(url);
    assert.match(said, /cannot connect|sandbox/, url);
    assert.doesNotMatch(said, /hunter2/);
  }
  assert.match(await failure(`http://127.0.0.1:${port}/hunter2`), /Connection refused/);
});

Deno.test("start and fail are appended to the path, before the query", () => {
  const rows = [
    ["https://hc-ping.com/uuid", "https://hc-ping.com/uuid/start"],
    ["https://hc-ping.com/uuid/", "https://hc-ping.com/uuid/start"],
    ["https://hc.example.org/ping/key/web1?create=1", "https://hc.example.org/ping/key/web1/start?create=1"],
    ["https://example.org", "https://example.org/start"],
  ];
  for (const [base, start] of rows) {
    assert.equal(pingUrl(new URL(base!), "start").href, start);
    assert.equal(pingUrl(new URL(base!), "success").href, new URL(base!).href);
  }
  assert.equal(pingUrl(new URL("https://a/b"), "fail").href, "https://a/b/fail");
});
