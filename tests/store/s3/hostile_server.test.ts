/** A server that wants to harm who asks it: each call ends with a clear error, in bounded time and memory. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import type { StoreErrorKind } from "../../../lib/store/contract.ts";
import { retryingReader } from "../../../lib/store/retry.ts";
import { s3MultipartWriter } from "../../../lib/store/s3/multipart.ts";
import { s3Reader } from "../../../lib/store/s3/writer.ts";
import { type Call, EVERY, failure, NAME, optionsFor } from "../calls.ts";
import { rejects } from "../checks.ts";
import { answering, http, withServer } from "../wire.ts";

type Serve = (socket: Socket) => void;

/** Milliseconds without progress after which a call is given up. */
const IDLE = 400;

const MIB = 2 ** 20;

/** Writes without end, as fast as it is read. */
function endless(head: string, chunk: string): Serve {
  return (socket) =>
    socket.once("data", () => {
      socket.write(head);
      const bytes = Buffer.from(chunk);
      const more = (): void => {
        while (!socket.destroyed && socket.write(bytes));
      };
      socket.on("drain", more);
      more();
    });
}

/** Writes a byte whenever some milliseconds have passed. */
function dripping(head: string, byte: string): Serve {
  return (socket) =>
    socket.once("data", () => {
      socket.write(head);
      const timer = setInterval(() => void socket.write(byte), 20);
      socket.on("close", () => clearInterval(timer));
    });
}

const OK = 'HTTP/1.1 200 OK\r\nETag: "x"\r\n';
const REFUSED = "HTTP/1.1 500 X\r\n";
const CHUNKED = "Transfer-Encoding: chunked\r\n\r\n";
const CHUNK = `10000\r\n${" ".repeat(65536)}\r\n`;

/** What a server does, and how the calls end. */
const HOSTILE: Record<string, [Serve, Partial<Record<Call, StoreErrorKind>>]> = {
  "never ends an answer without a length": [
    endless(OK + CHUNKED, CHUNK),
    { put: "unreachable", get: "oversized", list: "unreachable" },
  ],
  "never ends an error": [endless(REFUSED + CHUNKED, CHUNK), {
    put: "unreachable",
    get: "unreachable",
    list: "unreachable",
  }],
  "never ends its headers": [
    endless(OK, `X-${"y".repeat(60)}: ${"z".repeat(1000)}\r\n`),
    { put: "setup", get: "setup", list: "setup" },
  ],
  "never ends one header": [
    endless(`${OK}X-Long: `, "z".repeat(65536)),
    { put: "setup", get: "setup", list: "setup" },
  ],
  "sends informational answers without end": [
    endless("", "HTTP/1.1 103 X\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n".repeat(1000)),
    { put: "unreachable", get: "unreachable", list: "unreachable" },
  ],
  "sends its headers byte by byte": [
    dripping(OK, "x"),
    { put: "timeout", get: "timeout", list: "timeout" },
  ],
  "sends the body byte by byte": [
    dripping(`${OK}Content-Length: 1000\r\n\r\n`, " "),
    { put: "timeout", get: "timeout", list: "timeout" },
  ],
};

for (const [what, [serve, endings]] of Object.entries(HOSTILE)) {
  Deno.test(`every call to a server that ${what} ends, and takes little memory`, async () => {
    await withServer(serve, async (port) => {
      for (const call of EVERY) {
        const before = Deno.memoryUsage().rss;
        await failure(call, `http://127.0.0.1:${port}`, endings[call]!, IDLE);
        assert.ok(Deno.memoryUsage().rss - before < 100 * MIB, call);
      }
    });
  });
}

Deno.test("no call follows a redirection to another server", async () => {
  let connections = 0;
  const other: Serve = (socket) => {
    connections += 1;
    answering(http(200, { ETag: '"x"' }, "stolen"))(socket);
  };
  await withServer(other, async (elsewhere) => {
    for (const status of [301, 302, 303, 307, 308]) {
      const head = { Location: `http://127.0.0.1:${elsewhere}/web1-backups/${NAME}` };
      await withServer(answering(http(status, head, "")), async (port) => {
        for (const call of EVERY) await failure(call, `http://127.0.0.1:${port}`, "setup");
      });
    }
  });
  assert.equal(connections, 0);
});

Deno.test("an answer that says it is compressed is not expanded", async () => {
  const bomb = gzipSync(new Uint8Array(64 * MIB));
  const head = `${OK}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\nConnection: close\r\n\r\n`;
  const serve: Serve = (socket) =>
    socket.once("data", () => socket.end(Buffer.concat([Buffer.from(head), bomb])));
  await withServer(serve, async (port) => {
    const endpoint = `http://127.0.0.1:${port}`;
    const before = Deno.memoryUsage().rss;
    const reader = s3Reader(optionsFor(endpoint));
    try {
      assert.equal((await reader.get(NAME, { maxBytes: bomb.length })).length, bomb.length);
      await rejects(reader.get(NAME, { maxBytes: bomb.length - 1 }), "oversized");
    } finally {
      reader.close();
    }
    await failure("list", endpoint, "unreachable");
    assert.ok(Deno.memoryUsage().rss - before < 50 * MIB);
  });
});

/** Bodies that take the parser of the SDK very long, or 100 bytes of memory for each of theirs. */
const COSTLY: Record<string, [unit: string, before?: string]> = {
  "a text of megabytes": ["x"],
  "a million tags": ["<b/>"],
  "entities without end": ["&amp;"],
  "a million DOCTYPEs": ["<!DOCTYPE >", ""],
  "a million comments": ["<!---->"],
  "tags in tags": ["<a>"],
  "a long name of a tag": ["x", "<"],
  "many long names of tags": [`<${"x".repeat(10_000)}/>`],
};

for (const [what, [unit, before = "<ListVersionsResult>"]] of Object.entries(COSTLY)) {
  Deno.test(`${what} in an answer and in an error end the call before they are parsed`, async () => {
    const body = before + unit.repeat(7 * MIB / unit.length);
    for (const status of [200, 503]) {
      await withServer(answering(http(status, { ETag: '"x"' }, body)), async (port) => {
        const before = Deno.memoryUsage().rss;
        await failure("list", `http://127.0.0.1:${port}`, "unreachable");
        assert.ok(Deno.memoryUsage().rss - before < 100 * MIB);
      });
    }
  });
}

Deno.test("an error whose code is a name that every object of JavaScript has is an error as any other", async () => {
  for (const code of ["constructor", "toString", "valueOf", "hasOwnProperty", "__proto__"]) {
    const body = `<Error><Code>${code}</Code><Message>x</Message></Error>`;
    await withServer(answering(http(400, {}, body)), async (port) => {
      for (const call of EVERY) await failure(call, `http://127.0.0.1:${port}`, "failed");
    });
  }
});

Deno.test("a list with a size that is none is not used", async () => {
  for (const size of ["-5", "NaN", "5.5", "1e26", "Infinity", String(2 ** 60)]) {
    const entry = `<Key>a/b</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>${size}</Size>`;
    for (const tag of ["Version", "Contents"]) {
      const body = `<List><IsTruncated>false</IsTruncated><${tag}>${entry}</${tag}></List>`;
      await withServer(answering(http(200, {}, body)), async (port) => {
        await failure("list", `http://127.0.0.1:${port}`, "failed");
      });
    }
  }
});

Deno.test("a list of directories without end is given up, and keeps little in memory", async () => {
  let pages = 0;
  const page = (): string => {
    const prefixes = Array.from({ length: 1000 }, (_, at) => `<Prefix>${++pages}-${at}/</Prefix>`);
    const names = prefixes.map((it) => `<CommonPrefixes>${it}</CommonPrefixes>`).join("");
    const next = `<IsTruncated>true</IsTruncated><NextContinuationToken>${pages}</NextContinuationToken>`;
    return http(200, {}, `<ListBucketResult>${next}${names}</ListBucketResult>`);
  };
  await withServer(answering(page), async (port) => {
    const reader = retryingReader(s3Reader(optionsFor(`http://127.0.0.1:${port}`)));
    await rejects(Array.fromAsync(reader.directories()).finally(() => reader.close()), "failed");
  });
});

Deno.test("a put counts as stored only if the answer is 200, and has no digest of other bytes", async () => {
  for (const status of [201, 202, 204, 206, 299]) {
    await withServer(answering(http(status, { ETag: '"x"' }, "")), async (port) => {
      await failure("put", `http://127.0.0.1:${port}`, "unreachable");
    });
  }
  const other = { ETag: '"x"', "x-amz-checksum-sha256": btoa("\0".repeat(32)) };
  await withServer(answering(http(200, other, "")), async (port) => {
    await failure("put", `http://127.0.0.1:${port}`, "corrupted");
  });
});

Deno.test("a part of an upload counts as stored only if the answer is 200", async () => {
  const begun = http(200, {}, "<Result><UploadId>u</UploadId></Result>");
  const answer = (request: string): string =>
    request.includes("uploads=") || /\?uploads[ &]/.test(request) ? begun : http(202, { ETag: '"x"' }, "");
  await withServer(answering(answer), async (port) => {
    const writer = s3MultipartWriter(optionsFor(`http://127.0.0.1:${port}`), { attempts: 1 });
    try {
      const upload = await writer.begin(NAME);
      await rejects(upload.put(new Uint8Array(1)), "unreachable");
    } finally {
      writer.close();
    }
  });
});
