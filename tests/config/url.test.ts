import assert from "node:assert/strict";
import { resolveUrl } from "../../lib/config/url.ts";
import { Misuse } from "../../lib/model/failure.ts";
import { Secret } from "../../lib/model/secret.ts";
import { parseConfig } from "../../lib/config/parse.ts";
import { withDirectory } from "../support/directory.ts";
import { BASE, CONTEXT } from "./base.ts";

const SECRET = "https://ping.example.org/hunter2";

Deno.test("a URL is read from the config, a variable or a private file, and trimmed", () =>
  withDirectory((directory) => {
    Deno.writeTextFileSync(`${directory}/url`, SECRET + "\n", { mode: 0o600 });
    const env = (name: string): string | undefined => name === "PING" ? ` ${SECRET} ` : undefined;
    for (const reference of [{ url: new Secret(SECRET) }, { env: "PING" }, { file: `${directory}/url` }]) {
      assert.equal(resolveUrl(reference, env).href, SECRET);
    }
  }));

Deno.test("an invalid URL is refused, and the message does not contain it", () =>
  withDirectory((directory) => {
    Deno.writeTextFileSync(`${directory}/open`, SECRET, { mode: 0o644 });
    Deno.writeTextFileSync(`${directory}/word`, "hunter2", { mode: 0o600 });
    const references = [
      { env: "MISSING" },
      { env: "WORD" },
      { file: `${directory}/open` },
      { file: `${directory}/word` },
      { file: `${directory}/none` },
    ];
    for (const reference of references) {
      assert.throws(
        () => resolveUrl(reference, (name) => name === "WORD" ? "hunter2" : undefined),
        (error) => error instanceof Misuse && !`${error.message} ${error.hint}`.includes("hunter2"),
      );
    }
  }));

Deno.test("a URL in a config cannot be printed by accident", () => {
  const host = parseConfig({ ...BASE, notify: { ping: SECRET, webhook: SECRET } }, CONTEXT).values().next()
    .value!;
  assert.doesNotMatch(JSON.stringify(host) + Deno.inspect(host, { depth: 9 }), /hunter2/);
});
