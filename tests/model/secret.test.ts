import assert from "node:assert/strict";
import { inspect } from "node:util";
import { Secret } from "../../lib/model/secret.ts";

Deno.test("a secret shows itself only when it is asked to", () => {
  const secret = new Secret("hunter2");
  assert.equal(secret.reveal(), "hunter2");
  const shown = [
    `${secret}`,
    secret + "",
    String(secret),
    JSON.stringify({ secret }),
    Deno.inspect(secret),
    Deno.inspect({ deep: [secret] }),
    inspect(secret),
    inspect({ secret }, { showHidden: true }),
    Object.values(secret).join(),
    new Error(`failed with ${secret}`).message,
  ];
  for (const text of shown) assert.doesNotMatch(text, /hunter2/);
});
