import assert from "node:assert/strict";
import { proxiesOf } from "../../../lib/store/s3/proxies.ts";
import { s3Address } from "../../../lib/store/s3/address.ts";

const ROWS: [bucket: string, region: string, endpoint: string | undefined, address: string][] = [
  ["web1-backups", "eu-central-1", undefined, "web1-backups.s3.eu-central-1.amazonaws.com:443"],
  ["web1-backups", "us-east-1", undefined, "web1-backups.s3.us-east-1.amazonaws.com:443"],
  ["web1.example.org", "eu-central-1", undefined, "s3.eu-central-1.amazonaws.com:443"],
  ["web1-backups", "cn-north-1", undefined, "web1-backups.s3.cn-north-1.amazonaws.com.cn:443"],
  ["web1-backups", "any", "https://s3.example.org", "s3.example.org:443"],
  ["web1-backups", "any", "http://s3.example.org", "s3.example.org:80"],
  ["web1-backups", "any", "http://127.0.0.1:9000", "127.0.0.1:9000"],
  ["web1-backups", "any", "https://[::1]:9000", "[::1]:9000"],
];

for (const [bucket, region, endpoint, address] of ROWS) {
  Deno.test(`requests about ${bucket} in ${endpoint ?? region} go to ${address}`, async () => {
    assert.equal(await s3Address({ bucket, region, endpoint }), address);
  });
}

Deno.test("requests through a proxy go to the proxy's address", async () => {
  const environment: Record<string, string> = {
    HTTPS_PROXY: "http://[fd00::1]:3128",
    NO_PROXY: "s3.example.org",
  };
  const proxies = proxiesOf((name) => environment[name]);
  const bucket = { bucket: "web1", region: "eu-central-1", proxies };
  assert.equal(await s3Address({ ...bucket, endpoint: undefined }), "[fd00::1]:3128");
  assert.equal(await s3Address({ ...bucket, endpoint: "https://s3.example.org" }), "s3.example.org:443");
  assert.equal(await s3Address({ ...bucket, endpoint: "http://other.example.org" }), "other.example.org:80");
});
