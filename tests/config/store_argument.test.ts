import assert from "node:assert/strict";
import { placeOfArgument, storeOfArgument } from "../../lib/config/store_argument.ts";
import { withDirectory } from "../support/directory.ts";
import { Misuse, withHint } from "../../lib/model/failure.ts";

const KEYS = { AWS_ACCESS_KEY_ID: "key" };

function parsed(text: string, env: Readonly<Record<string, string>> = KEYS): object {
  const store = storeOfArgument(text, (name) => env[name]);
  if (store.kind === "directory") return store;
  const { bucket, prefix, region, endpoint, credentials } = store;
  return { bucket, prefix, region, endpoint, credentials };
}

const AWS = { env: "AWS" };

const STORES: readonly [text: string, store: object][] = [
  ["/backups", { kind: "directory", path: "/backups" }],
  ["/back ups/s3:", { kind: "directory", path: "/back ups/s3:" }],
  ["s3://backups?region=eu-central-1", { bucket: "backups", prefix: "", region: "eu-central-1" }],
  ["s3://backups/?region=eu-central-1", { bucket: "backups", prefix: "", region: "eu-central-1" }],
  ["S3://backups/a/b/?region=eu-west-1", { bucket: "backups", prefix: "a/b", region: "eu-west-1" }],
  ["s3://backups/a%20b?region=eu-west-1", { bucket: "backups", prefix: "a b", region: "eu-west-1" }],
  ["s3://backups/a?endpoint=https://s3.example.org:9000", {
    bucket: "backups",
    prefix: "a",
    region: "us-east-1",
    endpoint: "https://s3.example.org:9000",
  }],
  ["s3://backups?region=x-1&endpoint=http%3A%2F%2F127.0.0.1%3A7480%2F", {
    bucket: "backups",
    prefix: "",
    region: "x-1",
    endpoint: "http://127.0.0.1:7480",
  }],
];

for (const [text, store] of STORES) {
  Deno.test(`--store accepts ${text}`, () => {
    const bucket = "kind" in store ? {} : { endpoint: undefined, credentials: AWS };
    assert.deepEqual(parsed(text), { ...bucket, ...store });
  });
}

const REFUSED: readonly [text: string, why: RegExp][] = [
  ["", /it is empty/],
  ["s3://", /the bucket has no name/],
  ["s3:///a?region=x", /the bucket has no name/],
  ["s3://B?region=x", /the bucket must have 3 to 63/],
  ["s3://Backups?region=x", /lower-case/],
  ["s3://backups", /the region is missing[^]*\?region=eu-central-1/],
  ["s3://backups?region=", /the region is missing/],
  ["s3://backups?region=a/b", /the region has other characters/],
  ["s3://backups?region=a&region=b", /two settings "region"/],
  ["s3://backups?regoin=a", /other than region and endpoint/],
  ["s3://backups/a//b?region=a", /empty, "." or ".." directory/],
  ["s3://backups/../b?region=a", /empty, "." or ".." directory/],
  ["s3://backups/%zz?region=a", /%25/],
  ["s3://backups?endpoint=s3.example.org", /the endpoint must be a server/],
  ["s3://backups?endpoint=ftp://s3.example.org", /the endpoint must be a server/],
  ["s3://backups?endpoint=https://s3.example.org/path", /the endpoint must be a server/],
  ["s3://backups?endpoint=https://u:secret@s3.example.org", /the endpoint must be a server/],
  ["s3://key:secret@backups?region=a", /contains credentials[^]*AWS_ACCESS_KEY_ID/],
  ["https://key:secret@s3.example.org/backups", /https:\/\/ is not supported/],
  ["sftp://secret@host/backups", /sftp:\/\/ is not supported/],
];

for (const [text, why] of REFUSED) {
  Deno.test(`--store refuses ${JSON.stringify(text)} with the reason, and shows no secret`, () => {
    assert.throws(() => parsed(text), (error) => {
      assert.ok(error instanceof Misuse);
      const shown = withHint(error);
      assert.match(shown, why);
      assert.doesNotMatch(shown, /secret/);
      return true;
    });
  });
}

Deno.test("the region of a bucket comes from the variables of the AWS tools, if the URL has none", () => {
  const region = (env: Record<string, string>): unknown => Object(parsed("s3://backups", env)).region;
  assert.equal(region({ AWS_REGION: "a-1", AWS_DEFAULT_REGION: "b-1" }), "a-1");
  assert.equal(region({ AWS_DEFAULT_REGION: "b-1" }), "b-1");
});

Deno.test("credentials come from variables, else from the file of the AWS tools", () => {
  const credentials = (env: Record<string, string>): unknown =>
    Object(parsed("s3://backups?region=a", env)).credentials;
  assert.deepEqual(credentials({ ...KEYS, HOME: "/home/a" }), AWS);
  assert.deepEqual(credentials({ HOME: "/home/a" }), { file: "/home/a/.aws/credentials" });
  assert.deepEqual(credentials({ HOME: "/home/a", AWS_SHARED_CREDENTIALS_FILE: "/b" }), { file: "/b" });
  assert.deepEqual(credentials({}), AWS);
});

const PLACES: readonly [text: string, place: string][] = [
  ["a", "/from/a"],
  ["../a b", "/a b"],
  ["/a:b", "/a:b"],
  ["./s3:", "/from/s3:"],
  ["s3://backups", "s3://backups"],
  ["sftp://host/a", "sftp://host/a"], // refused later
  ["file:///mnt/back%20ups", "/mnt/back ups"],
  ["FILE:///mnt", "/mnt"],
  ["file:/mnt", "/mnt"],
  ["file:///", "/"],
];

for (const [text, place] of PLACES) {
  Deno.test(`--store ${text} is the place ${place}`, () =>
    assert.equal(placeOfArgument(text, "/from"), place));
}

for (
  const [text, why] of [
    ["s3:/backups", /"s3:" must be followed by two slashes[^]*s3:\/\/BUCKET/],
    ["S3:backups", /"S3:" must be followed by two slashes[^]*s3:\/\/BUCKET/],
    ["sftp:host:/secret", /"sftp:" must be[^]*Give a directory/],
    ["file:mnt", /file:\/\/\/PATH/],
    ["file://mnt/secret", /file:\/\/\/PATH/],
    ["file:////mnt", /file:\/\/\/PATH/],
    ["file:///mnt?secret", /file:\/\/\/PATH/],
    ["file:///%zz", /%25/],
  ] as const
) {
  Deno.test(`--store refuses ${text}`, () =>
    assert.throws(() => placeOfArgument(text, "/from"), (error) => {
      assert.ok(error instanceof Misuse);
      assert.match(withHint(error), why);
      assert.doesNotMatch(withHint(error), /secret/);
      return true;
    }));
}

Deno.test("--store accepts a directory whose name looks like a URL", () =>
  withDirectory((at) => {
    Deno.mkdirSync(`${at}/s3:/a`, { recursive: true });
    assert.equal(placeOfArgument("s3:/a", at), `${at}/s3:/a`);
  }));
