/** Puts to a server that knows no additional checksums. `openssl` says what the MD5 is. */
import assert from "node:assert/strict";
import { Checksums } from "../../../lib/store/s3/checksums.ts";
import { s3MultipartWriter } from "../../../lib/store/s3/multipart.ts";
import { must } from "../../support/foreign.ts";
import { newBucket, rgwTest } from "../../support/rgw.ts";
import { withoutChecksums } from "../../support/without_checksums.ts";
import { putOnlyInParts } from "../../../scripts/rgw/policy.ts";
import { content } from "../checks.ts";
import { withReader, withWriter } from "../closed_clients.ts";

const PART = 5 * 1024 * 1024;

async function md5(bytes: Uint8Array): Promise<string> {
  const { stdout } = await must("openssl", ["dgst", "-md5", "-binary"], { stdin: bytes });
  return stdout.toBase64();
}

/** Header by which each request that stores bytes is checked, in their order. */
function checks(heads: readonly string[]): string[] {
  return heads.filter((head) => head.startsWith("PUT ")).map((head) =>
    /^(?:content-md5: (.*)|(x-amz-checksum-sha256)):?.*$/im.exec(head)?.slice(1).find(Boolean) ?? "none"
  );
}

rgwTest("a server that refuses the header of SHA-256 gets the MD5 of each put from then on", async (rgw) => {
  const { host, trusted } = await newBucket(rgw);
  const heads: string[] = [];
  await withoutChecksums(rgw.endpoint, (head) => heads.push(head), async (endpoint) => {
    const names = ["a", "b", "c"];
    await withWriter({ ...host, endpoint }, async (writer) => {
      for (const [at, name] of names.entries()) await writer.put(name, content(1000 + at));
    });
    const digests = await Promise.all(names.map((_, at) => md5(content(1000 + at))));
    assert.deepEqual(checks(heads), ["x-amz-checksum-sha256", ...digests]);
    await withReader({ ...trusted, endpoint }, async (reader) => {
      assert.deepEqual((await Array.fromAsync(reader.list(""))).map(({ name }) => name), names);
      assert.deepEqual(await reader.get("c", { maxBytes: 2000 }), content(1002));
    });
  });
});

rgwTest("puts that are refused at the same time are all repeated with their MD5", async (rgw) => {
  const { host, trusted } = await newBucket(rgw);
  await withoutChecksums(rgw.endpoint, () => {}, async (endpoint) => {
    await withWriter(
      { ...host, endpoint },
      (writer) => Promise.all([1, 2, 3, 4].map((size) => writer.put(String(size), content(size)))),
    );
  });
  await withReader(trusted, async (reader) => {
    assert.deepEqual((await Array.fromAsync(reader.list(""))).map(({ size }) => size), [1, 2, 3, 4]);
  });
});

rgwTest("an upload in parts to such a server has the MD5 of each part", async (rgw) => {
  const { host, trusted } = await newBucket(rgw, "plain", putOnlyInParts);
  const heads: string[] = [];
  await withoutChecksums(rgw.endpoint, (head) => heads.push(head), async (endpoint) => {
    const writer = s3MultipartWriter({ ...host, endpoint });
    const upload = await writer.begin("large");
    for (const size of [PART, 10]) await upload.put(content(size));
    await upload.complete();
    writer.close();
  });
  assert.deepEqual(checks(heads), [await md5(content(PART)), await md5(content(10))]);
  await withReader(trusted, async (reader) => {
    const stored = await reader.get("large", { maxBytes: 2 * PART });
    assert.deepEqual([stored.subarray(0, PART), stored.subarray(PART)], [content(PART), content(10)]);
  });
});

for (
  const [message, httpStatusCode] of [
    ["The SHA256 you specified did not match the calculated checksum.", 400],
    ["Unsupported header 'x-amz-storage-class' received for this API call.", 400],
    ["x-amz-checksum-sha256: not supported while the server is busy", 503],
  ] as const
) {
  Deno.test(`a put is not repeated without SHA-256 because of: ${message}`, async () => {
    const sent: boolean[] = [];
    const error = Object.assign(new Error(message), { $metadata: { httpStatusCode } });
    const send = (hasSha256: boolean): Promise<never> => {
      sent.push(hasSha256);
      return Promise.reject(error);
    };
    await assert.rejects(new Checksums().sendWith(send), error);
    assert.deepEqual(sent, [true]);
  });
}
