/** What goes over the wire with a put, checked by other means than the SDK's. */
import assert from "node:assert/strict";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { PutOptions } from "../../lib/store/contract.ts";
import { s3Writer } from "../../lib/store/s3/writer.ts";
import { s3Client } from "../../lib/store/s3/client.ts";
import type { S3Options } from "../../lib/store/s3/options.ts";
import { Secret } from "../../lib/model/secret.ts";
import { content } from "./checks.ts";
import { answering, http, withServer } from "./wire.ts";

const OPTIONS: S3Options = {
  bucket: "web1-backups",
  region: "eu-central-1",
  credentials: {
    accessKeyId: "AKID",
    secretAccessKey: new Secret("hidden"),
    sessionToken: new Secret("token"),
  },
};

/** The head of a put's request, by lower-case names, and its body. */
async function requestOf(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  more: Partial<S3Options>,
  put?: PutOptions,
): Promise<{
  line: string;
  headers: Map<string, string>;
  body: string;
}> {
  let request = "";
  const answer = (text: string): string => (request = text) && http(200, { ETag: '"x"' }, "");
  await withServer(answering(answer), async (port) => {
    const writer = s3Writer({ ...OPTIONS, endpoint: `http://127.0.0.1:${port}`, ...more });
    await writer.put(name, bytes, put).finally(() => writer.close());
  });
  const end = request.indexOf("\r\n\r\n");
  const [line, ...headers] = request.slice(0, end).split("\r\n");
  const pairs = headers.map((header) => /^([^:]+): *(.*)$/.exec(header)!);
  return {
    line: line!,
    headers: new Map(pairs.map(([, name, value]) => [name!.toLowerCase(), value!])),
    body: request.slice(end + 4),
  };
}

Deno.test("a put is create-only, of known length, and its bytes are covered by signature and checksum", async () => {
  const bytes = content(3000);
  const { line, headers, body } = await requestOf("host/a b+c", bytes, {
    storageClass: "STANDARD_IA",
    prefix: "p",
  });
  const digest = createHash("sha256").update(bytes).digest();
  assert.equal(line, "PUT /web1-backups/p/host/a%20b%2Bc?x-id=PutObject HTTP/1.1");
  assert.equal(headers.get("if-none-match"), "*");
  assert.equal(headers.get("content-length"), "3000");
  assert.equal(headers.get("x-amz-content-sha256"), digest.toString("hex"));
  assert.equal(headers.get("x-amz-checksum-sha256"), digest.toString("base64"));
  assert.equal(headers.get("x-amz-storage-class"), "STANDARD_IA");
  assert.equal(headers.get("x-amz-security-token"), "token");
  for (const absent of ["transfer-encoding", "content-encoding", "x-amz-trailer", "x-amz-acl", "expect"]) {
    assert.equal(headers.get(absent), undefined, absent);
  }
  assert.match(
    headers.get("authorization")!,
    /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-central-1\/s3\/aws4_request/,
  );
  const covered = /SignedHeaders=([^,]+)/.exec(headers.get("authorization")!)![1]!.split(";");
  for (
    const name of [
      "host",
      "if-none-match",
      "x-amz-content-sha256",
      "x-amz-checksum-sha256",
      "x-amz-storage-class",
    ]
  ) {
    assert.ok(covered.includes(name), name);
  }
  assert.equal(createHash("sha256").update(body, "latin1").digest("hex"), digest.toString("hex"));
});

Deno.test("a digest that the caller knows is the one that is signed and sent", async () => {
  const known = "ab".repeat(32);
  const { headers } = await requestOf("a", content(30), {}, { sha256: known });
  assert.equal(headers.get("x-amz-content-sha256"), known);
  assert.equal(headers.get("x-amz-checksum-sha256"), Buffer.from(known, "hex").toString("base64"));
});

for (
  const [reported, headers, taken] of [
    ["the Date of the answer", { Date: "Sun, 06 Nov 1994 08:49:37 GMT" }, "1994-11-06T08:49:37.000Z"],
    ["nothing where there is none", {}, undefined],
    ["nothing where it is no date", { Date: "yesterday" }, undefined],
  ] as const
) {
  Deno.test(`a put resolves with ${reported}`, () =>
    withServer(answering(http(200, { ETag: '"x"', ...headers }, "")), async (port) => {
      const writer = s3Writer({ ...OPTIONS, endpoint: `http://127.0.0.1:${port}` });
      const date = await writer.put("a", content(1)).finally(() => writer.close());
      assert.equal(date?.toISOString(), taken);
    }));
}

Deno.test("a put without a condition is stored only in a bucket that keeps versions", async () => {
  for (
    const [headers, message] of [
      [{ "x-amz-version-id": "1" }, undefined],
      [{ "x-amz-version-id": "null" }, /the bucket keeps no versions$/],
      [{}, /the bucket keeps no versions$/],
    ] as const
  ) {
    let request = "";
    const answer = (text: string): string => (request = text) && http(200, { ETag: '"x"', ...headers }, "");
    await withServer(answering(answer), async (port) => {
      const writer = s3Writer({ ...OPTIONS, endpoint: `http://127.0.0.1:${port}`, createOnly: false });
      const put = writer.put("a", content(1)).finally(() => writer.close());
      if (message === undefined) await put;
      else await assert.rejects(put, { kind: "setup", message });
    });
    assert.doesNotMatch(request, /if-none-match/i);
  }
});

Deno.test("without a storage class none is asked for", async () => {
  assert.equal((await requestOf("a", content(1), {})).headers.get("x-amz-storage-class"), undefined);
});

Deno.test("a request reveals nothing of the machine", async () => {
  const { headers } = await requestOf("a", content(1), {});
  const agent = headers.get("user-agent")!;
  assert.match(agent, /nightdrop/);
  assert.doesNotMatch(agent, new RegExp(Deno.osRelease()));
  assert.doesNotMatch(agent, /linux|deno/i);
});

Deno.test("Amazon's buckets are addressed by host name, those of an endpoint by path", async () => {
  assert.equal(await addressOf({}), "https://web1-backups.s3.eu-central-1.amazonaws.com/key");
  assert.equal(
    await addressOf({ bucket: "with.dots" }),
    "https://s3.eu-central-1.amazonaws.com/with.dots/key",
  );
  assert.equal(
    await addressOf({ region: "cn-north-1" }),
    "https://web1-backups.s3.cn-north-1.amazonaws.com.cn/key",
  );
  assert.equal(
    await addressOf({ endpoint: "https://s3.example.org:9000" }),
    "https://s3.example.org:9000/web1-backups/key",
  );
});

/** Where a put would go. */
async function addressOf(more: Partial<S3Options>): Promise<string> {
  const options = { ...OPTIONS, ...more };
  const client = s3Client(options, 0);
  let address = "";
  client.middlewareStack.add(() => (args) => {
    const { protocol, hostname, port, path } = args.request as Record<string, string | undefined>;
    address = `${protocol}//${hostname}${port ? `:${port}` : ""}${path}`;
    return Promise.reject(new Error("far enough"));
  }, { step: "finalizeRequest", priority: "low" });
  const command = new PutObjectCommand({ Bucket: options.bucket, Key: "key", Body: new Uint8Array(1) });
  await assert.rejects(client.send(command), /far enough/);
  client.destroy();
  return address;
}
