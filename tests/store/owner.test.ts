/** What the owner's clients do about a server that says nothing. */
import assert from "node:assert/strict";
import { HeadBucketCommand } from "@aws-sdk/client-s3";
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
