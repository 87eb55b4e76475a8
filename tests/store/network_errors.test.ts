/** How connections fail, and what a person is told of it. */
import assert from "assert";
import type { Socket } from "node:net";
import type { StoreErrorKind } from "../../lib/store/contract.ts";
import { s3Error } from "../../lib/store/s3_errors.ts";
import { s3Place } from "../../lib/store/s3_options.ts";
import { makeAuthority, makeCertificate } from "../../scripts/rgw/certificates.ts";
import { withFolder } from "../support/folder.ts";
import { foreignTest } from "../support/foreign.ts";
import { type Call, failure, optionsFor } from "./calls.ts";
import { putElsewhere } from "./elsewhere.ts";
import { answering, http, withServer } from "./wire.ts";

/** How connections go wrong. */
const FAULTS: [string, (socket: Socket) => void, Partial<Record<Call, StoreErrorKind>>, RegExp][] = [
  ["is closed at once", (socket) => socket.destroy(), all("unreachable"), /connection was cut/],
  [
    "is reset",
    (socket) => socket.once("data", () => socket.resetAndDestroy()),
    all("unreachable"),
    /was cut/,
  ],
  ["is never answered", () => {}, all("timeout"), /no answer in time/],
  ["is never read", (socket) => void socket.pause(), all("timeout"), /no answer in time/],
  [
    "is answered with garbage",
    answering("220 mail.example.org ESMTP\r\n\r\n"),
    all("setup"),
    /begin.*https/s,
  ],
  ["is cut within the head", answering("HTTP/1.1 200 OK\r\nContent-Le"), all("unreachable"), /was cut/],
  [
    "is cut within the body",
    answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"),
    all("unreachable"),
    /was cut/,
  ],
  [
    "stops within the body",
    stalling("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"),
    all("timeout"),
    /in time/,
  ],
  [
    "is answered by a web page",
    answering(http(200, {}, "<html><br></html>")),
    { list: "setup" },
    /not that of an S3/,
  ],
];

function all(kind: StoreErrorKind): Record<Call, StoreErrorKind> {
  return { put: kind, get: kind, list: kind };
}

/** Says a part of an answer, and then nothing more. */
function stalling(answer: string): (socket: Socket) => void {
  return (socket) => socket.once("data", () => socket.write(answer));
}

for (const [what, serve, kinds, told] of FAULTS) {
  for (const [call, kind] of Object.entries(kinds)) {
    Deno.test(`a ${call} whose connection ${what} is ${kind}`, async () => {
      await withServer(serve, async (port) => {
        const { message, hint } = await failure(call as Call, `http://127.0.0.1:${port}`, kind);
        assert.match(`${message}\n${hint}`, told);
      });
    });
  }
}

Deno.test("a server that nobody runs is unreachable", async () => {
  const port = await withServer(() => {}, (port) => Promise.resolve(port));
  const { message } = await failure("put", `http://127.0.0.1:${port}`, "unreachable");
  assert.match(message, /nobody listens at its port$/);
});

Deno.test("TLS to a server without is told", async () => {
  const serve = (socket: Socket): void => void socket.once("data", () => socket.end(http(400, {}, "")));
  await withServer(serve, async (port) => {
    const { hint } = await failure("put", `https://127.0.0.1:${port}`, "setup");
    assert.match(hint!, /begin the endpoint with http:/);
  });
});

foreignTest(
  ["openssl"],
  "a certificate of nobody's, expired or for another host is not trusted, and TLS missed is told",
  async () => {
    await withFolder(async (folder) => {
      await makeAuthority(folder);
      await makeCertificate(folder, "expired", "DNS:localhost,IP:127.0.0.1", -1);
      await makeCertificate(folder, "unknown", "DNS:localhost,IP:127.0.0.1");
      await makeCertificate(folder, "elsewhere", "DNS:elsewhere.example");
      const certificate = (name: string): { cert: string; key: string } => ({
        cert: Deno.readTextFileSync(`${folder}/${name}.pem`),
        key: Deno.readTextFileSync(`${folder}/${name}-key.pem`),
      });
      for (
        const [name, told] of [["ca", /self-signed/], ["unknown", /unknown authority/], [
          "expired",
          /expired/,
        ]] as const
      ) {
        await withServer(() => {}, async (port) => {
          const { message } = await failure("put", `https://127.0.0.1:${port}`, "setup");
          assert.match(message, told);
        }, certificate(name));
      }
      await withServer(() => {}, async (port) => {
        const options = { ...optionsFor(`https://127.0.0.1:${port}`), accessKeyId: "A", secret: "B" };
        const told = await putElsewhere(options, ["--allow-net", "--ignore-env"], {
          NODE_EXTRA_CA_CERTS: `${folder}/ca.pem`,
        });
        assert.match(told, /^setup\n.*its TLS certificate is for another host name\n/);
      }, certificate("elsewhere"));
      await withServer(() => {}, async (port) => {
        const { hint } = await failure("put", `http://127.0.0.1:${port}`, "setup");
        assert.match(hint!, /begin the endpoint with https:/);
      }, certificate("unknown"));
    });
  },
);

const SOCKETS: [string, StoreErrorKind][] = [
  ["ENOTFOUND", "unreachable"],
  ["EAI_AGAIN", "unreachable"],
  ["EHOSTUNREACH", "unreachable"],
  ["ENETUNREACH", "unreachable"],
  ["EPIPE", "unreachable"],
  ["ETIMEDOUT", "timeout"],
  ["CERT_NOT_YET_VALID", "setup"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "setup"],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "setup"],
  ["EUNHEARDOF", "failed"],
];

Deno.test("what cannot be brought about on loopback is told apart by its code", () => {
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
