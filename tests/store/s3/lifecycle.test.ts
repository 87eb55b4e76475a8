/** The expiry of a bucket, as servers tell it: the proof of retention rests upon it. */
import assert from "node:assert/strict";
import { s3Reader } from "../../../lib/store/s3/writer.ts";
import { optionsFor } from "../calls.ts";
import { rejects } from "../checks.ts";
import { answering, http, withServer } from "../wire.ts";

async function expiry(answer: string, prefix = ""): Promise<number> {
  return await withServer(answering(answer), async (port) => {
    const reader = s3Reader({ ...optionsFor(`http://127.0.0.1:${port}`), prefix });
    return await reader.expiry().finally(() => reader.close());
  });
}

function rules(...texts: string[]): string {
  const body = `<?xml version="1.0" encoding="UTF-8"?><LifecycleConfiguration>${
    texts.map((text) => `<Rule>${text}</Rule>`).join("")
  }</LifecycleConfiguration>`;
  return http(200, { "Content-Type": "application/xml" }, body);
}

function rule(filter: string, expiration: string, status = "Enabled"): string {
  return `<ID>x</ID><Status>${status}</Status>${filter}<Expiration>${expiration}</Expiration>`;
}

const ALL = "<Filter><Prefix></Prefix></Filter>";

for (
  const [what, texts, days] of [
    ["a rule for all", [rule(ALL, "<Days>61</Days>")], 61],
    ["a rule in the old form", [rule("<Prefix></Prefix>", "<Days>61</Days>")], 61],
    ["several rules", [rule(ALL, "<Days>61</Days>"), rule(ALL, "<Days>9</Days>")], 9],
    ["a rule that is off", [rule(ALL, "<Days>9</Days>", "Disabled")], Infinity],
    ["a rule for our directory", [rule("<Filter><Prefix>all/web1/</Prefix></Filter>", "<Days>9</Days>")], 9],
    ["a rule for the directory above", [rule("<Filter><Prefix>all/</Prefix></Filter>", "<Days>9</Days>")], 9],
    ["a rule for some of ours", [rule("<Filter><Prefix>all/web1/x</Prefix></Filter>", "<Days>9</Days>")], 9],
    ["a rule for others", [rule("<Filter><Prefix>all/web2/</Prefix></Filter>", "<Days>9</Days>")], Infinity],
    ["a rule for a tag", [
      rule("<Filter><Tag><Key>a</Key><Value>b</Value></Tag></Filter>", "<Days>9</Days>"),
    ], Infinity],
    ["a rule for large objects", [
      rule("<Filter><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan></Filter>", "<Days>9</Days>"),
    ], 9],
    ["a rule for one day", [rule(ALL, "<Date>2027-01-01T00:00:00Z</Date>")], 0],
    ["a rule for markers", [
      rule(ALL, "<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>"),
    ], Infinity],
  ] as [string, string[], number][]
) {
  Deno.test(`with ${what} objects expire after ${days} days`, async () => {
    assert.equal(await expiry(rules(...texts), "all/web1"), days);
  });
}

Deno.test("a bucket without a lifecycle removes nothing", async () => {
  const error = "<Error><Code>NoSuchLifecycleConfiguration</Code><Message>none</Message></Error>";
  assert.equal(await expiry(http(404, { "Content-Type": "application/xml" }, error)), Infinity);
});

Deno.test("an answer without rules proves nothing: it may be the list of the objects", async () => {
  const list =
    "<ListBucketResult><Name>web1-backups</Name><IsTruncated>false</IsTruncated></ListBucketResult>";
  for (const answer of [http(200, { "Content-Type": "application/xml" }, list), rules()]) {
    const { hint } = await rejects(expiry(answer), "failed");
    assert.match(hint!, /it removes nothing, and the bucket grows/);
  }
});

Deno.test("credentials that may not ask get an error with the permission they lack", async () => {
  const error = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
  const answer = http(403, { "Content-Type": "application/xml" }, error);
  const { hint } = await rejects(expiry(answer), "denied");
  assert.match(hint!, /s3:GetLifecycleConfiguration on arn:aws:s3:::web1-backups/);
});

Deno.test("a rule whose days are no number proves nothing", async () => {
  for (const days of ["-5", "NaN", "x"]) {
    await rejects(expiry(rules(rule(ALL, `<Days>${days}</Days>`))), "failed");
  }
});
