import assert from "node:assert/strict";
import { bucketFault } from "../../lib/config/bucket.ts";

for (const name of ["abc", "a".repeat(63), "web1.example.org-backups", "1-2", "0.0.0.0.0", "my-s3alias-x"]) {
  Deno.test(`"${name}" is a valid bucket name`, () => assert.equal(bucketFault(name), undefined));
}

for (
  const [name, fault] of [
    ["", /has 0/],
    ["ab", /has 2/],
    ["a".repeat(64), /has 64/],
    ["Abc", /lower-case/],
    ["a_b", /lower-case/],
    ["a/b", /lower-case/],
    ["bücher", /lower-case/],
    ["abc\n", /lower-case/],
    ["-abc", /start and end/],
    ["abc-", /start and end/],
    [".abc", /start and end/],
    ["abc.", /start and end/],
    ["a..b", /two dots/],
    ["192.168.5.4", /IP address/],
    ["xn--abc", /reserved/],
    ["sthree-abc", /reserved/],
    ["amzn-s3-demo-abc", /reserved/],
    ["abc-s3alias", /reserved/],
    ["abc--ol-s3", /reserved/],
    ["abc.mrap", /reserved/],
    ["abc--x-s3", /reserved/],
    ["abc--table-s3", /reserved/],
  ] as const
) {
  Deno.test(`${JSON.stringify(name)} is not a valid bucket name`, () => {
    assert.match(bucketFault(name) ?? "no fault", fault);
  });
}
