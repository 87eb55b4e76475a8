/** How connections fail, and the messages for that. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import type { StoreErrorKind } from "../../../lib/store/contract.ts";
import { s3Error } from "../../../lib/store/s3/errors.ts";
import { s3Place } from "../../../lib/store/s3/options.ts";
import { makeAuthority, makeCertificate } from "../../../scripts/rgw/certificates.ts";
import { withDirectory } from "../../support/directory.ts";
import { foreignTest } from "../../support/foreign.ts";
import { EVERY, failure, optionsFor } from "../calls.ts";
import { content } from "../checks.ts";
import { putElsewhere } from "../put_in_process.ts";
import { withWriter } from "../closed_clients.ts";
import { answering, http, withServer } from "../wire.ts";

type Serve = (socket: Socket) => void;

const PART_OF_AN_ANSWER = 'HTTP/1.1 200 OK\r\nETag: "x"\r\nContent-Length: 100\r\n\r\nabc';

/** How connections end before their time. */
const CUT: Record<string, Serve> = {
  "is closed at once": (socket) => socket.destroy(),
  "is reset": (socket) => socket.once("data", () => socket.resetAndDestroy()),
  "is cut within the answer's head": answering("HTTP/1.1 200 OK\r\nContent-Le"),
  "is cut within the answer's body": answering(PART_OF_AN_ANSWER),
};

for (const [what, serve] of Object.entries(CUT)) {
  Deno.test(`a connection that ${what} is unreachable`, async () => {
    await withServer(serve, async (port) => {
      for (const call of EVERY) {
        const { message } = await failure(call, `http://127.0.0.1:${port}`, "unreachable");
        assert.match(message, /the connection was cut$/);
      }
    });
  });
}

/** How connections hang. */
const SILENT: Record<string, Serve> = {
  "is never answered": (socket) => socket.resume(),
  "is never read": (socket) => socket.pause(),
  "stops within the answer's body": (socket) => socket.once("data", () => socket.write(PART_OF_AN_ANSWER)),
};

for (const [what, serve] of Object.entries(SILENT)) {
  Deno.test(`a connection that ${what} ends in a timeout`, async () => {
    await withServer(serve, async (port) => {
      const calls = EVERY.map((call) => failure(call, `http://127.0.0.1:${port}`, "timeout", 200));
      for (const { message } of await Promise.all(calls)) assert.match(message, /no answer in time$/);
    });
  });
}

Deno.test("an upload may take longer than the idle time: the limit grows with its size", async () => {
  // Twice the idle time without a byte; then all is read at once, and answered.
  const serve = (socket: Socket): void => {
    socket.pause();
    setTimeout(() => {
      answering(http(200, { ETag: '"x"' }, ""))(socket);
      socket.resume();
    }, 400);
  };
  await withServer(serve, async (port) => {
    const options = optionsFor(`http://127.0.0.1:${port}`, 200);
    await withWriter(options, (writer) => writer.put("a", content(1 << 20)));
  });
});

Deno.test("a server of another kind is reported", async () => {
  await withServer(answering("220 mail.example.org ESMTP\r\n\r\n"), async (port) => {
    for (const call of EVERY) {
      const { hint } = await failure(call, `http://127.0.0.1:${port}`, "setup");
      assert.match(hint!, /begin the endpoint with https:/);
    }
  });
  for (const page of ["<html><br></html>", "<html><br/></html>", "", "{}"]) {
    await withServer(answering(http(200, {}, page)), async (port) => {
      for (const call of EVERY) {
        const { message } = await failure(call, `http://127.0.0.1:${port}`, "unreachable");
        assert.match(message, /not that of an S3 server$/, page);
      }
    });
  }
});

Deno.test("a server that is not running is unreachable", async () => {
  const port = await withServer(() => {}, (port) => Promise.resolve(port));
  const { message } = await failure("put", `http://127.0.0.1:${port}`, "unreachable");
  assert.match(message, /connection refused$/);
});

Deno.test("TLS to a server without TLS is reported", async () => {
  const serve = (socket: Socket): void => void socket.once("data", () => socket.end(http(400, {}, "")));
  await withServer(serve, async (port) => {
    const { hint } = await failure("put", `https://127.0.0.1:${port}`, "setup");
    assert.match(hint!, /begin the endpoint with http:/);
  });
});

foreignTest(
  ["openssl"],
  "an untrusted or expired certificate, or one for another host, is refused, and missing TLS is reported",
  async () => {
    await withDirectory(async (directory) => {
      await makeAuthority(directory);
      await makeCertificate(directory, "expired", "DNS:localhost,IP:127.0.0.1", -1);
      await makeCertificate(directory, "unknown", "DNS:localhost,IP:127.0.0.1");
      await makeCertificate(directory, "elsewhere", "DNS:elsewhere.example");
      const certificate = (name: string): { cert: string; key: string } => ({
        cert: Deno.readTextFileSync(`${directory}/${name}.pem`),
        key: Deno.readTextFileSync(`${directory}/${name}-key.pem`),
      });
      for (
        const [name, reported] of [["ca", /self-signed/], ["unknown", /unknown authority/], [
          "expired",
          /expired/,
        ]] as const
      ) {
        await withServer(() => {}, async (port) => {
          const { message } = await failure("put", `https://127.0.0.1:${port}`, "setup");
          assert.match(message, reported);
        }, certificate(name));
      }
      await withServer(() => {}, async (port) => {
        const options = { ...optionsFor(`https://127.0.0.1:${port}`), accessKeyId: "A", secret: "B" };
        const reported = await putElsewhere(options, ["--allow-net", "--ignore-env"], {
          NODE_EXTRA_CA_CERTS: `${directory}/ca.pem`,
        });
        assert.match(reported, /^setup\n.*its TLS certificate is for another host name\n/);
      }, certificate("elsewhere"));
      await withServer(() => {}, async (port) => {
        const { hint } = await failure("put", `http://127.0.0.1:${port}`, "setup");
        assert.match(hint!, /begin the endpoint with https:/);
      }, certificate("unknown"));
    });
  },
);

const SOCKETS: [string, StoreErrorKind][] = [
  ["EHOSTUNREACH", "unreachable"],
  ["EPIPE", "unreachable"],
  ["ETIMEDOUT", "timeout"],
  ["CERT_NOT_YET_VALID", "setup"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "setup"],
  ["EUNHEARDOF", "failed"],
];

Deno.test("errors that these tests cannot cause are distinguished by their code", () => {
  for (const [code, kind] of SOCKETS) {
    const error = s3Error(
      Object.assign(new Error("in words"), { code }),
      s3Place(optionsFor("http://x")),
      "put",
    );
    assert.equal(error.kind, kind, code);
  }
  assert.equal(s3Error("thrown", s3Place(optionsFor("http://x")), "put").kind, "failed");
});
