/** What the owner's clients do about a server that says nothing. */
import assert from "node:assert/strict";
import { HeadBucketCommand } from "@aws-sdk/client-s3";
import type { Failure } from "../../lib/model/failure.ts";
import { Secret } from "../../lib/model/secret.ts";
import { s3Client } from "../../lib/store/s3/client.ts";
import { ownerError } from "../../lib/store/vault/answers.ts";
import { withServer } from "./wire.ts";

Deno.test("an owner's request that is never answered is given up, and reported as that", async () => {
  let asked = 0;
  await withServer((socket) => void socket.once("data", () => asked += 1), async (port) => {
    const credentials = { accessKeyId: "A", secretAccessKey: new Secret("S") };
    const client = s3Client(
      { region: "us-east-1", endpoint: `http://127.0.0.1:${port}`, credentials },
      100,
      2,
    );
    const thrown = await client.send(new HeadBucketCommand({ Bucket: "web1-backups" })).catch((error) =>
      error
    );
    client.destroy();
    assert.match(
      ownerError(thrown, "s3://web1-backups: bucket").message,
      /^s3:.*: bucket: no answer in time$/,
    );
  });
  assert.equal(asked, 2, "it is tried again");
});

Deno.test("what a server writes into an error is escaped and cut for the owner, and its code picks no hint by chance", () => {
  const code = "constructor";
  const thrown = Object.assign(new Error("\x1b]0;x\u202e" + "m".repeat(60_000)), {
    Code: code,
    $metadata: { httpStatusCode: 400 },
  });
  const { message, hint } = ownerError(thrown, "s3://web1-backups: bucket") as Failure;
  assert.ok(
    message.startsWith("s3://web1-backups: bucket: the server refused (400 constructor: \\x1b]0;x\\u{202e}m"),
  );
  assert.ok(message.length < 1200);
  assert.equal(hint, undefined);
});

Deno.test("an answer that the SDK cannot parse is reported without its words", () => {
  const thrown = Object.assign(new TypeError("x"), { $metadata: { httpStatusCode: 200 } });
  assert.equal(
    ownerError(thrown, "s3://b: policy").message,
    "s3://b: policy: the server's answer cannot be understood",
  );
});
