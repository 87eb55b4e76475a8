/** What servers and networks answer, as Amazon documents it and as sockets fail, and what a person is told of it. */
import assert from "assert";
import type { Socket } from "node:net";
import type { StoreError, StoreErrorKind } from "../../lib/store/contract.ts";
import { s3Reader, s3Writer } from "../../lib/store/s3.ts";
import { s3Error } from "../../lib/store/s3_errors.ts";
import { type S3Options, s3Place } from "../../lib/store/s3_options.ts";
import { Secret } from "../../lib/model/secret.ts";
import { makeAuthority, makeCertificate } from "../../scripts/rgw/certificates.ts";
import { withFolder } from "../support/folder.ts";
import { foreignTest } from "../support/foreign.ts";
import { content, rejects } from "./conformance.ts";
import { putElsewhere } from "./elsewhere.ts";
import { answering, http, withServer } from "./wire.ts";

const NAME = "web1/20261123T050000Z-00/000001.000000-unguessable.tar.zst.gpg";

const CALLS = {
  put: async (options: S3Options): Promise<unknown> => {
    const writer = s3Writer(options);
    return await writer.put(NAME, content(1000)).finally(() => writer.close());
  },
  get: async (options: S3Options): Promise<unknown> => {
    const reader = s3Reader(options);
    return await reader.get(NAME, { maxBytes: 1000 }).finally(() => reader.close());
  },
  list: async (options: S3Options): Promise<unknown> => {
    const reader = s3Reader({ ...options, pageSize: 2 });
    return await Array.fromAsync(reader.list("")).finally(() => reader.close());
  },
};

type Call = keyof typeof CALLS;

const EVERY: Call[] = ["put", "get", "list"];

function optionsFor(endpoint: string): S3Options {
  return {
    bucket: "web1-backups",
    region: "us-east-1",
    endpoint,
    credentials: {
      accessKeyId: "AKIAIOSFODNN7EXAMPLE",
      secretAccessKey: new Secret("wJalrXUtnFEMI/K7MDENG"),
    },
    timeouts: { connect: 2000, idle: 200 },
  };
}

/** What a call fails with at `endpoint`; whatever it is, it gives nothing away. */
async function failure(call: Call, endpoint: string, kind: StoreErrorKind): Promise<StoreError> {
  const error = await rejects(CALLS[call](optionsFor(endpoint)), kind);
  assert.match(error.message, /^s3:\/\/web1-backups at https?:\/\/(127\.0\.0\.1|localhost):\d+: [a-z]/);
  assert.doesNotMatch(error.message, /\.$/);
  assert.doesNotMatch(Deno.inspect(error, { depth: 20, showHidden: true }), /unguessable|wJalr/);
  return error;
}

/** An error document as in "REST error responses" of the API reference. */
function document(code: string, more = ""): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>${code}</Code><Message>User: arn:aws:iam::111122223333:user/web1 is not authorized to perform:
s3:PutObject on resource: "arn:aws:s3:::web1-backups/${NAME}"</Message>${more}<Resource>/web1-backups/${NAME}</Resource>
<RequestId>4442587FB7D0A2F9</RequestId><HostId>vjbyPxybdZaNmGa/ByT272YEAiv4</HostId></Error>`;
}

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly more?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly calls: Call[];
  readonly kind: StoreErrorKind;
  readonly told: RegExp;
}

const REGION = { "x-amz-bucket-region": "eu-west-1" };
const HOUR_AGO = { Date: new Date(Date.now() - 3_600_000).toUTCString() };
const IN_AN_HOUR = { Date: new Date(Date.now() + 3_600_000).toUTCString() };

const ANSWERS: Answer[] = [
  {
    status: 403,
    code: "InvalidAccessKeyId",
    calls: EVERY,
    kind: "credentials",
    told: /access key ID is not known/,
  },
  {
    status: 403,
    code: "SignatureDoesNotMatch",
    calls: EVERY,
    kind: "credentials",
    told: /secret access key does not/,
  },
  { status: 400, code: "ExpiredToken", calls: EVERY, kind: "credentials", told: /session token has expired/ },
  {
    status: 400,
    code: "InvalidToken",
    calls: EVERY,
    kind: "credentials",
    told: /session token is not valid/,
  },
  { status: 401, code: "Unauthorized", calls: EVERY, kind: "credentials", told: /other credentials/ },
  {
    status: 403,
    code: "AccessDenied",
    calls: ["put"],
    kind: "denied",
    told: /may not store.*s3:PutObject on arn:aws/s,
  },
  {
    status: 403,
    code: "AccessDenied",
    calls: ["get"],
    kind: "denied",
    told: /may not read.*s3:GetObject on arn:aws/s,
  },
  {
    status: 403,
    code: "AccessDenied",
    calls: ["list"],
    kind: "denied",
    told: /may not list.*arn:aws:s3:::web1-backups$/s,
  },
  { status: 403, code: "AllAccessDisabled", calls: EVERY, kind: "denied", told: /the provider has disabled/ },
  { status: 404, code: "NoSuchBucket", calls: EVERY, kind: "setup", told: /no such bucket/ },
  { status: 404, code: "NoSuchKey", calls: ["get"], kind: "missing", told: /no such object/ },
  { status: 400, code: "InvalidBucketName", calls: EVERY, kind: "setup", told: /name of a bucket/ },
  { status: 400, code: "InvalidStorageClass", calls: ["put"], kind: "setup", told: /storage class/ },
  { status: 403, code: "InvalidObjectState", calls: ["get"], kind: "failed", told: /archived/ },
  { status: 501, code: "NotImplemented", calls: ["put"], kind: "setup", told: /If-None-Match/ },
  { status: 412, code: "PreconditionFailed", calls: ["put"], kind: "exists", told: /already stored/ },
  { status: 409, code: "ConditionalRequestConflict", calls: ["put"], kind: "busy", told: /another request/ },
  { status: 409, code: "OperationAborted", calls: ["put"], kind: "busy", told: /another request/ },
  { status: 503, code: "SlowDown", calls: EVERY, kind: "busy", told: /busy/ },
  { status: 503, code: "ServiceUnavailable", calls: EVERY, kind: "busy", told: /busy/ },
  { status: 500, code: "InternalError", calls: EVERY, kind: "busy", told: /busy/ },
  { status: 200, code: "InternalError", calls: ["put"], kind: "busy", told: /busy/ }, // an error in a good answer's body
  { status: 429, code: "TooManyRequests", calls: EVERY, kind: "busy", told: /busy/ },
  { status: 400, code: "RequestTimeout", calls: ["put"], kind: "timeout", told: /waited too long/ },
  { status: 400, code: "BadDigest", calls: ["put"], kind: "corrupted", told: /other than they were sent/ },
  {
    status: 400,
    code: "IncompleteBody",
    calls: ["put"],
    kind: "corrupted",
    told: /other than they were sent/,
  },
  {
    status: 400,
    code: "XAmzContentSHA256Mismatch",
    calls: ["put"],
    kind: "corrupted",
    told: /other than they were sent/,
  },
  {
    status: 400,
    code: "XAmzContentChecksumMismatch",
    calls: ["put"],
    kind: "corrupted",
    told: /other than they/,
  },
  { status: 400, code: "EntityTooLarge", calls: ["put"], kind: "failed", told: /smaller partSize/ },
  { status: 403, code: "QuotaExceeded", calls: ["put"], kind: "failed", told: /full/ },
  { status: 507, code: "XMinioStorageFull", calls: ["put"], kind: "failed", told: /full/ },
  { status: 418, code: "Teapot", calls: EVERY, kind: "failed", told: /the server refused \(418 Teapot\)/ },
  {
    status: 418,
    code: "a b\u001b[2J",
    calls: EVERY,
    kind: "failed",
    told: /the server refused \(418 no code\)/,
  },
  {
    status: 301,
    code: "PermanentRedirect",
    more: "<Endpoint>web1-backups.s3-eu-west-1.amazonaws.com</Endpoint>",
    headers: REGION,
    calls: EVERY,
    kind: "setup",
    told: /lies in eu-west-1, not in us-east-1\nSet region to "eu-west-1" in the config$/,
  },
  {
    status: 307,
    code: "TemporaryRedirect",
    more: "<Endpoint>web1-backups.s3-eu-west-1.amazonaws.com</Endpoint>",
    calls: EVERY,
    kind: "setup",
    told: /not to be had in us-east-1/,
  },
  {
    status: 400,
    code: "AuthorizationHeaderMalformed",
    more: "<Region>eu-west-1</Region>",
    calls: EVERY,
    kind: "setup",
    told: /lies in eu-west-1, not in us-east-1/,
  },
  {
    status: 400,
    code: "IllegalLocationConstraintException",
    calls: ["put"],
    kind: "setup",
    told: /not to be had in us-east-1/,
  },
  {
    status: 403,
    code: "RequestTimeTooSkewed",
    more:
      "<RequestTime>20261123T050000Z</RequestTime><MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>",
    headers: HOUR_AGO,
    calls: EVERY,
    kind: "clock",
    told: /clock is 60 minutes fast\nSet the clock/,
  },
  {
    status: 403,
    code: "RequestTimeTooSkewed",
    headers: IN_AN_HOUR,
    calls: ["put"],
    kind: "clock",
    told: /clock is 60 minutes slow/,
  },
];

for (const { status, code, more, headers = {}, calls, kind, told } of ANSWERS) {
  Deno.test(`${status} ${JSON.stringify(code)} to ${calls.join(", ")} is ${kind} and says ${told}`, async () => {
    const answer = http(status, { "Content-Type": "application/xml", ...headers }, document(code, more));
    await withServer(answering(answer), async (port) => {
      for (const call of calls) {
        const { message, hint } = await failure(call, `http://127.0.0.1:${port}`, kind);
        assert.match(`${message}\n${hint}`, told);
      }
    });
  });
}

const BARE: [number, Call, StoreErrorKind][] = [
  [301, "put", "setup"],
  [401, "put", "credentials"],
  [403, "put", "denied"],
  [404, "put", "setup"],
  [404, "get", "missing"],
  [404, "list", "setup"],
  [408, "put", "timeout"],
  [409, "put", "busy"],
  [412, "put", "exists"],
  [413, "put", "failed"],
  [429, "list", "busy"],
  [501, "put", "setup"],
  [502, "get", "busy"],
  [503, "list", "busy"],
  [504, "put", "busy"],
  [507, "put", "failed"],
];

for (const [status, call, kind] of BARE) {
  Deno.test(`${status} to ${call} is ${kind}, with no body and with a page of a proxy's`, async () => {
    for (const body of ["", "<html><body><h1>Sorry</h1><br></body></html>", "sorry"]) {
      await withServer(answering(http(status, {}, body)), async (port) => {
        await failure(call, `http://127.0.0.1:${port}`, kind);
      });
    }
  });
}

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
