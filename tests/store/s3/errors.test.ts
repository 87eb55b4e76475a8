/** Answers of servers, as Amazon documents them, and the messages for them. */
import assert from "node:assert/strict";
import type { StoreErrorKind } from "../../../lib/store/contract.ts";
import { type Call, EVERY, failure, NAME } from "../calls.ts";
import { answering, http, withServer } from "../wire.ts";

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
  readonly reported: RegExp;
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
    reported: /access key ID is not known/,
  },
  {
    status: 403,
    code: "SignatureDoesNotMatch",
    calls: EVERY,
    kind: "credentials",
    reported: /secret access key does not/,
  },
  {
    status: 400,
    code: "ExpiredToken",
    calls: EVERY,
    kind: "credentials",
    reported: /session token has expired/,
  },
  {
    status: 400,
    code: "InvalidToken",
    calls: EVERY,
    kind: "credentials",
    reported: /session token is not valid/,
  },
  { status: 401, code: "Unauthorized", calls: EVERY, kind: "credentials", reported: /other credentials/ },
  {
    status: 403,
    code: "AccessDenied",
    calls: ["put"],
    kind: "denied",
    reported: /may not store.*s3:PutObject on arn:aws/s,
  },
  {
    status: 403,
    code: "AccessDenied",
    calls: ["get"],
    kind: "denied",
    reported: /may not read.*s3:GetObject on arn:aws/s,
  },
  {
    status: 403,
    code: "AccessDenied",
    calls: ["list"],
    kind: "denied",
    reported: /may not list.*arn:aws:s3:::web1-backups$/s,
  },
  {
    status: 403,
    code: "AllAccessDisabled",
    calls: EVERY,
    kind: "denied",
    reported: /the provider has disabled/,
  },
  { status: 404, code: "NoSuchBucket", calls: EVERY, kind: "setup", reported: /no such bucket/ },
  { status: 404, code: "NoSuchKey", calls: ["get"], kind: "missing", reported: /no such object/ },
  { status: 400, code: "InvalidBucketName", calls: EVERY, kind: "setup", reported: /name of a bucket/ },
  { status: 400, code: "InvalidStorageClass", calls: ["put"], kind: "setup", reported: /storage class/ },
  { status: 403, code: "InvalidObjectState", calls: ["get"], kind: "failed", reported: /archived/ },
  { status: 501, code: "NotImplemented", calls: ["put"], kind: "setup", reported: /If-None-Match/ },
  { status: 412, code: "PreconditionFailed", calls: ["put"], kind: "exists", reported: /already stored/ },
  {
    status: 409,
    code: "ConditionalRequestConflict",
    calls: ["put"],
    kind: "busy",
    reported: /another request/,
  },
  { status: 409, code: "OperationAborted", calls: ["put"], kind: "busy", reported: /another request/ },
  { status: 503, code: "SlowDown", calls: EVERY, kind: "busy", reported: /busy/ },
  { status: 503, code: "ServiceUnavailable", calls: EVERY, kind: "busy", reported: /busy/ },
  { status: 500, code: "InternalError", calls: EVERY, kind: "busy", reported: /busy/ },
  { status: 200, code: "InternalError", calls: ["put"], kind: "busy", reported: /busy/ }, // an error in a good answer's body
  { status: 429, code: "TooManyRequests", calls: EVERY, kind: "busy", reported: /busy/ },
  { status: 400, code: "RequestTimeout", calls: ["put"], kind: "timeout", reported: /waited too long/ },
  {
    status: 400,
    code: "BadDigest",
    calls: ["put"],
    kind: "corrupted",
    reported: /other than they were sent/,
  },
  {
    status: 400,
    code: "IncompleteBody",
    calls: ["put"],
    kind: "corrupted",
    reported: /other than they were sent/,
  },
  {
    status: 400,
    code: "XAmzContentSHA256Mismatch",
    calls: ["put"],
    kind: "corrupted",
    reported: /other than they were sent/,
  },
  {
    status: 400,
    code: "XAmzContentChecksumMismatch",
    calls: ["put"],
    kind: "corrupted",
    reported: /other than they/,
  },
  { status: 400, code: "EntityTooLarge", calls: ["put"], kind: "failed", reported: /smaller partSize/ },
  { status: 403, code: "QuotaExceeded", calls: ["put"], kind: "failed", reported: /full/ },
  { status: 507, code: "XMinioStorageFull", calls: ["put"], kind: "failed", reported: /full/ },
  {
    status: 418,
    code: "Teapot",
    calls: EVERY,
    kind: "failed",
    reported: /the server refused \(418 Teapot\)/,
  },
  {
    status: 418,
    code: "a b\u001b[2J",
    calls: EVERY,
    kind: "failed",
    reported: /the server refused \(418 no code\)/,
  },
  {
    status: 301,
    code: "PermanentRedirect",
    more: "<Endpoint>web1-backups.s3-eu-west-1.amazonaws.com</Endpoint>",
    headers: REGION,
    calls: EVERY,
    kind: "setup",
    reported: /lies in eu-west-1, not in us-east-1\nSet region to "eu-west-1" in the config$/,
  },
  {
    status: 307,
    code: "TemporaryRedirect",
    more: "<Endpoint>web1-backups.s3-eu-west-1.amazonaws.com</Endpoint>",
    calls: EVERY,
    kind: "setup",
    reported: /the bucket is not in us-east-1/,
  },
  {
    status: 400,
    code: "AuthorizationHeaderMalformed",
    more: "<Region>eu-west-1</Region>",
    calls: EVERY,
    kind: "setup",
    reported: /lies in eu-west-1, not in us-east-1/,
  },
  {
    status: 400,
    code: "IllegalLocationConstraintException",
    calls: ["put"],
    kind: "setup",
    reported: /the bucket is not in us-east-1/,
  },
  {
    status: 403,
    code: "RequestTimeTooSkewed",
    more:
      "<RequestTime>20261123T050000Z</RequestTime><MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>",
    headers: HOUR_AGO,
    calls: EVERY,
    kind: "clock",
    reported: /clock is 60 minutes fast\nSet the clock/,
  },
  {
    status: 403,
    code: "RequestTimeTooSkewed",
    headers: IN_AN_HOUR,
    calls: ["put"],
    kind: "clock",
    reported: /clock is 60 minutes slow/,
  },
];

for (const { status, code, more, headers = {}, calls, kind, reported } of ANSWERS) {
  Deno.test(`${status} ${JSON.stringify(code)} to ${calls.join(", ")} is ${kind} with the message ${reported}`, async () => {
    const answer = http(status, { "Content-Type": "application/xml", ...headers }, document(code, more));
    await withServer(answering(answer), async (port) => {
      for (const call of calls) {
        const { message, hint } = await failure(call, `http://127.0.0.1:${port}`, kind);
        assert.match(`${message}\n${hint}`, reported);
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
