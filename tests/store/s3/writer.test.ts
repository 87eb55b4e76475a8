import assert from "node:assert/strict";
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { sha256 } from "../../../lib/model/digest.ts";
import { Secret } from "../../../lib/model/secret.ts";
import type { StoreReader } from "../../../lib/store/contract.ts";
import { s3Client } from "../../../lib/store/s3/client.ts";
import { type Cluster, newBucket, rgwTest } from "../../support/rgw.ts";
import { content, rejects } from "../checks.ts";
import { conformance } from "../conformance.ts";
import { withReader, withWriter } from "../closed_clients.ts";
import { withForwarder } from "../wire.ts";

function portOf(rgw: Cluster): number {
  return Number(new URL(rgw.endpoint).port);
}

conformance((law, body) =>
  rgwTest(`S3 store on RGW: ${law}`, async (rgw) => {
    let lists = 0;
    const count = (chunk: Uint8Array): Uint8Array => {
      if (/^GET \S*[?&]versions/.test(new TextDecoder().decode(chunk))) lists += 1;
      return chunk;
    };
    const { host, trusted } = await newBucket(rgw);
    await withForwarder(portOf(rgw), count, async (port) => {
      const counted = { ...trusted, endpoint: `http://127.0.0.1:${port}`, pageSize: 7 };
      const paging = { size: 7, requests: () => lists };
      await withWriter(host, (writer) => withReader(counted, (reader) => body({ writer, reader, paging })));
    });
  })
);

rgwTest("a host can put into its own bucket and do nothing else", async (rgw) => {
  const [{ host, name }, other] = [await newBucket(rgw), await newBucket(rgw)];
  await withWriter(host, (writer) => writer.put("a", content(10)));
  await withWriter(
    { ...host, bucket: other.name },
    (writer) => rejects(writer.put("b", content(10)), "denied"),
  );
  await withReader(host, async (reader) => {
    await rejects(reader.get("a", { maxBytes: 10 }), "denied");
    await rejects(reader.get("b", { maxBytes: 10 }), "denied");
    await rejects(Array.fromAsync(reader.list("")), "denied");
  });
  const client = s3Client(host, 0);
  await assert.rejects(client.send(new HeadObjectCommand({ Bucket: name, Key: "a" })), hasStatus(403));
  await assert.rejects(client.send(new DeleteObjectCommand({ Bucket: name, Key: "a" })), hasStatus(403));
  client.destroy();
});

rgwTest("the trusted side can list and get, and cannot put", async (rgw) => {
  const { host, trusted } = await newBucket(rgw);
  await withWriter(host, (writer) => writer.put("a", content(10)));
  await withReader(trusted, async (reader) => {
    assert.deepEqual((await Array.fromAsync(reader.list(""))).map(({ name }) => name), ["a"]);
    assert.deepEqual(await reader.get("a", { maxBytes: 10 }), content(10));
  });
  await withWriter(trusted, async (writer) => {
    const { hint } = await rejects(writer.put("b", content(10)), "denied");
    assert.match(hint!, /must allow s3:PutObject on arn:aws:s3:::bucket-[^/]+\/\*$/);
  });
});

rgwTest("wrong keys and a wrong bucket are distinguished", async (rgw) => {
  const { host, trusted } = await newBucket(rgw);
  const { accessKeyId, secretAccessKey } = host.credentials;
  const wrong = [
    [{ accessKeyId, secretAccessKey: new Secret("guessed") }, /secret access key does not fit/],
    [{ accessKeyId: "NOBODY", secretAccessKey }, /access key ID is not known/],
  ] as const;
  for (const [credentials, message] of wrong) {
    await withWriter({ ...host, credentials }, async (writer) => {
      const error = await rejects(writer.put("a", content(1)), "credentials");
      assert.match(error.message, message);
      assert.doesNotMatch(Deno.inspect(error, { depth: 20, showHidden: true }), /guessed/);
    });
    await withReader(
      { ...trusted, credentials },
      (reader) => rejects(Array.fromAsync(reader.list("")), "credentials"),
    );
  }
  await withWriter(
    { ...host, bucket: "no-such-bucket" },
    (writer) => rejects(writer.put("a", content(1)), "setup"),
  );
  await withReader({ ...trusted, bucket: "no-such-bucket" }, async (reader) => {
    await rejects(Array.fromAsync(reader.list("")), "setup");
    await rejects(reader.get("a", { maxBytes: 1 }), "setup");
  });
});

rgwTest("bytes other than those of the given SHA-256 are not stored", async (rgw) => {
  const { host, trusted } = await newBucket(rgw);
  await withWriter(host, async (writer) => {
    await rejects(writer.put("a", content(20), { sha256: sha256(content(21)) }), "corrupted");
    await writer.put("b", content(20), { sha256: sha256(content(20)) });
  });
  await withReader(trusted, async (reader) => {
    assert.deepEqual((await Array.fromAsync(reader.list(""))).map(({ name }) => name), ["b"]);
  });
});

rgwTest(
  "a large object that is refused is refused for its reason, though the server does not read it",
  async (rgw) => {
    const { host } = await newBucket(rgw);
    const credentials = { ...host.credentials, secretAccessKey: new Secret("guessed") };
    await withWriter(
      { ...host, credentials },
      (writer) => rejects(writer.put("a", content(16 << 20)), "credentials"),
    );
  },
);

rgwTest("a wrong clock is reported each time", async (rgw) => {
  const { host } = await newBucket(rgw);
  const now = Date.now;
  const RightDate = Date;
  class FastDate extends RightDate {
    constructor(...args: unknown[]) {
      super(...(args.length === 0 ? [now() + 20 * 60_000] : args) as [number]);
    }
    static override now = (): number => now() + 20 * 60_000;
  }
  globalThis.Date = FastDate as DateConstructor;
  try {
    await withWriter(host, async (writer) => {
      for (let times = 0; times < 2; times++) {
        const { message } = await rejects(writer.put("a", content(1)), "clock");
        assert.match(message, /clock is 20 minutes fast$/);
      }
    });
  } finally {
    globalThis.Date = RightDate;
  }
});

rgwTest("bytes that change on the way are not stored", async (rgw) => {
  const { host, trusted } = await newBucket(rgw);
  const flip = (chunk: Uint8Array): Uint8Array =>
    chunk.map((byte, at) => at === chunk.length - 1 ? byte ^ 1 : byte);
  let last = 0;
  const flipBody = (chunk: Uint8Array): Uint8Array => ++last === 1 ? chunk : flip(chunk);
  await withForwarder(portOf(rgw), flipBody, async (port) => {
    const endpoint = `http://127.0.0.1:${port}`;
    await withWriter(
      { ...host, endpoint },
      (writer) => rejects(writer.put("a", content(1 << 20)), "corrupted"),
    );
  });
  await withReader(trusted, async (reader) => assert.deepEqual(await Array.fromAsync(reader.list("")), []));
});

rgwTest("a prefix is a directory in the bucket that no name shows", async (rgw) => {
  const { host, trusted, admin, name } = await newBucket(rgw);
  const prefix = "odd ü+%/b";
  await withWriter({ ...host, prefix }, async (writer) => {
    assert.equal(writer.place, `s3://${name}/${prefix}`);
    for (const object of ["x", "a/b", "a-b"]) await writer.put(object, content(3));
    await rejects(writer.put("x", content(3)), "exists");
  });
  await withWriter(host, (writer) => writer.put(`${prefix}b`, content(1)));
  const client = s3Client(admin, 0);
  await client.send(new PutObjectCommand({ Bucket: name, Key: `${prefix}/`, Body: new Uint8Array() }));
  client.destroy();
  await withReader({ ...trusted, prefix, pageSize: 1 }, async (reader) => {
    const names = async (...args: Parameters<StoreReader["list"]>): Promise<string[]> =>
      (await Array.fromAsync(reader.list(...args))).map((it) => it.name);
    assert.deepEqual(await names(""), ["a-b", "a/b", "x"]);
    assert.deepEqual(await names("", { after: "a-b" }), ["a/b", "x"]);
    assert.deepEqual(await names("a/"), ["a/b"]);
    assert.deepEqual(await reader.get("a/b", { maxBytes: 3 }), content(3));
  });
  await withReader(trusted, async (reader) => {
    const stored = await Array.fromAsync(reader.list(prefix));
    assert.deepEqual(stored.map((it) => it.name), [
      `${prefix}/a-b`,
      `${prefix}/a/b`,
      `${prefix}/x`,
      `${prefix}b`,
    ]);
  });
});

rgwTest("keys of others that cannot be names are left out of a list", async (rgw) => {
  const { trusted, admin, name } = await newBucket(rgw);
  const client = s3Client(admin, 0);
  for (const Key of ["a", "a//b", "b/", ".hidden", "c/../d", "e/x"]) {
    await client.send(new PutObjectCommand({ Bucket: name, Key, Body: new Uint8Array(1) }));
  }
  client.destroy();
  await withReader({ ...trusted, pageSize: 2 }, async (reader) => {
    assert.deepEqual((await Array.fromAsync(reader.list(""))).map((it) => it.name), ["a", "e/x"]);
  });
});

rgwTest("the storage class goes to the server", async (rgw) => {
  const { host } = await newBucket(rgw);
  await withWriter({ ...host, storageClass: "STANDARD" }, (writer) => writer.put("a", content(1)));
  await withWriter({ ...host, storageClass: "COLDEST" }, async (writer) => {
    const { message } = await rejects(writer.put("b", content(1)), "failed");
    assert.match(message, /the server refused \(400 InvalidArgument\)$/); // InvalidStorageClass at Amazon's
  });
});

function hasStatus(status: number): (error: unknown) => boolean {
  return (error) =>
    (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === status;
}
