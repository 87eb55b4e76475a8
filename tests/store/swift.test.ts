/** The laws and the errors of a store on a second implementation of S3: OpenStack Swift. */
import assert from "node:assert/strict";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { Secret } from "../../lib/model/secret.ts";
import { s3Client } from "../../lib/store/s3/client.ts";
import { s3MultipartWriter } from "../../lib/store/s3/multipart.ts";
import type { S3Options } from "../../lib/store/s3/options.ts";
import { s3Remover } from "../../lib/store/s3/remover.ts";
import { newBucket, ownApi, type Swift, swiftTest } from "../support/swift.ts";
import { content, rejects } from "./checks.ts";
import { commonLaws } from "./conformance.ts";
import { withReader, withWriter } from "./closed_clients.ts";
import { withForwarder } from "./wire.ts";

async function withClient<T>(options: S3Options, body: (client: S3Client) => Promise<T>): Promise<T> {
  const client = s3Client(options, 0);
  return await body(client).finally(() => client.destroy());
}

async function putOver(options: S3Options, Key: string, Body: Uint8Array): Promise<void> {
  await withClient(options, (s3) => s3.send(new PutObjectCommand({ Bucket: options.bucket, Key, Body })));
}

async function hide(options: S3Options, Key: string): Promise<void> {
  await withClient(options, (s3) => s3.send(new DeleteObjectCommand({ Bucket: options.bucket, Key })));
}

const portOf = (swift: Swift): number => Number(new URL(swift.endpoint).port);

commonLaws((law, body) =>
  swiftTest(`S3 store on Swift with versions: ${law}`, async (swift) => {
    let lists = 0;
    const count = (chunk: Uint8Array): Uint8Array => {
      if (/^GET \S*[?&]versions/.test(new TextDecoder().decode(chunk))) lists += 1;
      return chunk;
    };
    // The owner of the account reads: Swift gives older versions to nobody else.
    const { host, admin } = await newBucket(swift);
    await withForwarder(portOf(swift), count, async (port) => {
      const counted = { ...admin, endpoint: `http://127.0.0.1:${port}`, pageSize: 7 };
      const paging = { size: 7, requests: () => lists };
      const attack = {
        putOver: (name: string, bytes: Uint8Array) => putOver(host, name, bytes),
        hide: (name: string) => hide(admin, name),
      };
      await withWriter(host, (writer) =>
        withReader(counted, (reader) => body({ writer, reader, paging, ...attack })));
    });
  })
);

swiftTest("names of 300 bytes are stored", async (swift) => {
  const { host, trusted } = await newBucket(swift);
  const name = `${"ü".repeat(100)}/${"x".repeat(99)}`;
  await withWriter(host, (writer) => writer.put(name, content(10)));
  await withReader(
    trusted,
    async (reader) => assert.deepEqual(await reader.get(name, { maxBytes: 10 }), content(10)),
  );
});

swiftTest("a list of versions is complete, wherever its pages end", async (swift) => {
  const { host, admin } = await newBucket(swift);
  const names = ["a", "b", "c", "d"];
  await withWriter(host, async (writer) => {
    for (const name of names) await writer.put(name, content(10));
  });
  for (const size of [9, 8, 7]) await putOver(host, "b", content(size));
  await hide(admin, "c");
  for (const pageSize of [1, 2, 3, 4]) {
    await withReader({ ...admin, pageSize }, async (reader) => {
      const listed = await Array.fromAsync(reader.list(""));
      assert.deepEqual(listed.map(({ name, size, overwritten }) => [name, size, overwritten]), [
        ["a", 10, undefined],
        ["b", 10, 3],
        ["c", 10, undefined],
        ["d", 10, undefined],
      ], `${pageSize} a page`);
      assert.ok(listed[2]!.hiddenAt);
    });
  }
});

swiftTest("a list of a bucket without versions is complete, wherever its pages end", async (swift) => {
  const { host, trusted } = await newBucket(swift, "plain");
  const names = ["a", "a b", "a/b", "c", "ä"];
  for (const name of names) await putOver(host, name, content(10));
  for (const pageSize of [1, 2, 3, 5]) {
    await withReader({ ...trusted, pageSize }, async (reader) => {
      const listed = await Array.fromAsync(reader.list(""));
      assert.deepEqual(listed.map(({ name }) => name), names, `${pageSize} a page`);
    });
  }
});

swiftTest("a create-only put is refused, and the error says what to do", async (swift) => {
  const { host, admin } = await newBucket(swift);
  await withWriter({ ...host, createOnly: true }, async (writer) => {
    const { hint } = await rejects(writer.put("a", content(1)), "setup");
    assert.match(hint!, /turn the versioning of the bucket on and set store\.createOnly to false/);
  });
  await withReader(admin, async (reader) => assert.deepEqual(await Array.fromAsync(reader.list("")), []));
});

swiftTest("puts that could replace an object are refused if the bucket keeps no versions", async (swift) => {
  const { host } = await newBucket(swift, "plain");
  await withWriter(host, async (writer) => {
    const { message, hint } = await rejects(writer.put("a", content(1)), "setup");
    assert.match(message, /puts are not create-only, and the bucket keeps no versions$/);
    assert.match(hint!, /^Turn the versioning of the bucket on/);
  });
});

swiftTest("a user who may write puts, and neither reads nor deletes by S3", async (swift) => {
  const { name: Bucket, host, admin } = await newBucket(swift);
  await withWriter(host, (writer) => writer.put("a", content(10)));
  await withReader(host, async (reader) => {
    await rejects(reader.get("a", { maxBytes: 10 }), "denied");
    await rejects(Array.fromAsync(reader.list("")), "denied");
  });
  await withClient(host, async (s3) => {
    await assert.rejects(s3.send(new HeadObjectCommand({ Bucket, Key: "a" })));
    await assert.rejects(s3.send(new DeleteObjectCommand({ Bucket, Key: "a" })), { name: "AccessDenied" });
  });
  await withReader(
    admin,
    async (reader) => assert.deepEqual(await reader.get("a", { maxBytes: 10 }), content(10)),
  );
});

swiftTest(
  "by Swift's own API a user who may write deletes what it knows by name, and reads nothing",
  async (swift) => {
    const { name: bucket, host, admin } = await newBucket(swift);
    await withWriter(host, (writer) => writer.put("a", content(10)));
    const { Versions: [version] = [] } = await withClient(
      admin,
      (s3) => s3.send(new ListObjectVersionsCommand({ Bucket: bucket })),
    );
    const status = (method: string, path: string): Promise<number> =>
      ownApi(swift, "host", method, `${bucket}${path}`);
    for (const path of ["/a", "", "?versions"]) assert.equal(await status("GET", path), 403);
    assert.equal(await ownApi(swift, "host", "POST", bucket, { "X-Versions-Enabled": "false" }), 403);
    assert.equal(await status("DELETE", `/a?version-id=${version!.VersionId}`), 204);
    await withReader(admin, (reader) => rejects(reader.get("a", { maxBytes: 10, first: true }), "missing"));
  },
);

swiftTest("a user who may read lists and gets, but no older versions", async (swift) => {
  const { host, trusted } = await newBucket(swift);
  await withWriter(host, (writer) => writer.put("a", content(10)));
  await withReader(trusted, async (reader) => {
    assert.deepEqual((await Array.fromAsync(reader.list(""))).map(({ name }) => name), ["a"]);
    assert.deepEqual(await reader.get("a", { maxBytes: 10, first: true }), content(10));
    await putOver(host, "a", content(9));
    assert.deepEqual((await Array.fromAsync(reader.list(""))).map(({ overwritten }) => overwritten), [1]);
    const { message } = await rejects(reader.get("a", { maxBytes: 10, first: true }), "denied");
    assert.match(message, /may not read older versions/);
  });
  await withWriter(trusted, (writer) => rejects(writer.put("b", content(10)), "denied"));
});

swiftTest("wrong keys, a missing bucket and a wrong region are errors that say so", async (swift) => {
  const { host, trusted, admin } = await newBucket(swift);
  const { accessKeyId, secretAccessKey } = host.credentials;
  for (
    const credentials of [
      { accessKeyId, secretAccessKey: new Secret("guessed") },
      { accessKeyId: "NOBODY", secretAccessKey },
    ]
  ) {
    await withWriter(
      { ...host, credentials },
      (writer) => rejects(writer.put("a", content(1)), "credentials"),
    );
    await withReader(
      { ...trusted, credentials },
      (reader) => rejects(Array.fromAsync(reader.list("")), "credentials"),
    );
  }
  const bucket = "no-such-bucket";
  await withWriter({ ...admin, bucket }, (writer) => rejects(writer.put("a", content(1)), "setup"));
  await withReader({ ...admin, bucket }, (reader) => rejects(Array.fromAsync(reader.list("")), "setup"));
  // Swift says nothing of a bucket to a user who has no rights on it.
  await withWriter({ ...host, bucket }, (writer) => rejects(writer.put("a", content(1)), "denied"));
  await withWriter({ ...host, region: "eu-central-1" }, async (writer) => {
    const { hint } = await rejects(writer.put("a", content(1)), "setup");
    assert.equal(hint, 'Set region to "us-east-1" in the config');
  });
  await withWriter(
    { ...host, storageClass: "STANDARD_IA" },
    (writer) => rejects(writer.put("a", content(1)), "setup"),
  );
});

swiftTest("a wrong clock is reported", async (swift) => {
  const { host } = await newBucket(swift);
  const now = Date.now;
  const RightDate = Date;
  class SlowDate extends RightDate {
    constructor(...args: unknown[]) {
      super(...(args.length === 0 ? [SlowDate.now()] : args) as [number]);
    }
    static override now = (): number => now() - 20 * 60_000;
  }
  globalThis.Date = SlowDate as DateConstructor;
  try {
    await withWriter(host, async (writer) => {
      const { message } = await rejects(writer.put("a", content(1)), "clock");
      assert.match(message, /clock is 20 minutes slow$/);
    });
  } finally {
    globalThis.Date = RightDate;
  }
});

swiftTest("a large object that is refused is refused for its reason", async (swift) => {
  const { host } = await newBucket(swift);
  const credentials = { ...host.credentials, secretAccessKey: new Secret("guessed") };
  await withWriter(
    { ...host, credentials },
    (writer) => rejects(writer.put("a", content(16 << 20)), "credentials"),
  );
});

swiftTest("an upload in parts is create-only, and needs the owner of the account", async (swift) => {
  const { host, admin } = await newBucket(swift);
  const upload = async (options: S3Options): Promise<void> => {
    const writer = s3MultipartWriter(options, { attempts: 1 });
    try {
      const upload = await writer.begin("large");
      await upload.put(content(5 << 20));
      await upload.put(content(3));
      await upload.complete();
    } finally {
      writer.close();
    }
  };
  await upload(admin);
  await withReader(admin, async (reader) => {
    assert.equal((await reader.get("large", { maxBytes: 6 << 20 })).length, (5 << 20) + 3);
  });
  await rejects(upload(admin), "exists");
  await rejects(upload(host), "denied");
});

swiftTest("the owner removes an object with all its versions", async (swift) => {
  const { host, admin } = await newBucket(swift);
  await withWriter(host, async (writer) => {
    for (const name of ["a", "b"]) await writer.put(name, content(10));
  });
  await putOver(host, "a", content(9));
  await hide(admin, "b");
  const remover = s3Remover(admin);
  await remover.remove(["a", "b"]);
  remover.close();
  const { Versions = [], DeleteMarkers = [] } = await withClient(
    admin,
    (s3) => s3.send(new ListObjectVersionsCommand({ Bucket: admin.bucket })),
  );
  assert.deepEqual([...Versions, ...DeleteMarkers], []);
});

swiftTest(
  "a bucket of Swift has no lifecycle rules, and no list of objects is taken for them",
  async (swift) => {
    const { trusted } = await newBucket(swift);
    await withReader(trusted, async (reader) => {
      const { message, hint } = await rejects(reader.expiry(), "failed");
      assert.match(message, /does not answer with lifecycle rules$/);
      assert.match(hint!, /it removes nothing, and the bucket grows$/);
    });
  },
);

swiftTest("the server checks the bytes of a put against their SHA-256 in its signature", async (swift) => {
  const { host, admin } = await newBucket(swift);
  const spoil = (chunk: Uint8Array): Uint8Array => {
    const at = new TextDecoder("latin1").decode(chunk).indexOf("spoil me");
    return at < 0 ? chunk : chunk.with(at, 0x53);
  };
  await withForwarder(portOf(swift), spoil, async (port) => {
    await withWriter(
      { ...host, endpoint: `http://127.0.0.1:${port}` },
      (writer) => rejects(writer.put("a", new TextEncoder().encode("spoil me")), "corrupted"),
    );
  });
  await withClient(
    admin,
    (s3) =>
      assert.rejects(s3.send(new GetObjectCommand({ Bucket: admin.bucket, Key: "a" })), {
        name: "NoSuchKey",
      }),
  );
});
