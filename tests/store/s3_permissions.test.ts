/** Permissions that a process needs to put an object into a bucket, and the messages if one is missing. */
import assert from "node:assert/strict";
import type { S3Options } from "../../lib/store/s3/options.ts";
import { withDirectory } from "../support/directory.ts";
import { newBucket, rgwTest } from "../support/rgw.ts";
import { putElsewhere } from "./put_in_process.ts";

/** The options as `putElsewhere` takes them. */
function bare({ credentials, ...options }: S3Options): unknown {
  return { ...options, accessKeyId: credentials.accessKeyId, secret: credentials.secretAccessKey.reveal() };
}

rgwTest("a put needs no permission but the network's, to the one port", async (rgw) => {
  await withDirectory(async (directory) => {
    const { host } = await newBucket(rgw);
    for (const endpoint of [rgw.endpoint, rgw.tlsEndpoint]) {
      const options = { ...host, endpoint, prefix: new URL(endpoint).protocol.slice(0, -1) };
      const audit = `${directory}/${options.prefix}`;
      const allowed = [`--allow-net=${new URL(endpoint).host}`, "--ignore-env=AWS_*,_X_AMZN_TRACE_ID"];
      const env = {
        NODE_EXTRA_CA_CERTS: rgw.ca,
        DENO_AUDIT_PERMISSIONS: audit,
        AWS_PROFILE: "none",
      };
      assert.equal(await putElsewhere(bare(options), allowed, env), "stored");
      const asked = (await Deno.readTextFile(audit)).trim().split("\n").map((line) => JSON.parse(line));
      const beyond = asked.filter(({ permission }) => permission !== "env");
      assert.ok(beyond.length > 0);
      for (const { permission, value } of beyond) {
        assert.deepEqual([permission, value], ["net", new URL(endpoint).host]);
      }
    }
  });
});

rgwTest("a server beyond the permissions is not reached, and this is reported", async (rgw) => {
  const { host } = await newBucket(rgw);
  const elsewhere = ["--allow-net=127.0.0.1:1", "--ignore-env"];
  assert.match(
    await putElsewhere(bare(host), elsewhere),
    /^denied\n.*permissions of this run do not include it\n/,
  );
  const named = { ...host, endpoint: "http://localhost:1" };
  assert.match(await putElsewhere(bare(named), elsewhere), /^denied\n/);
});

rgwTest(
  "a private certificate authority is trusted when NODE_EXTRA_CA_CERTS names it, and only then",
  async (rgw) => {
    const { host } = await newBucket(rgw);
    const options = { ...host, endpoint: rgw.tlsEndpoint };
    const reported = await putElsewhere(bare(options), ["--allow-net", "--ignore-env"]);
    assert.match(
      reported,
      /^setup\n.*this machine does not trust its TLS certificate.*\n.*NODE_EXTRA_CA_CERTS/,
    );
    assert.equal(
      await putElsewhere(bare(options), ["--allow-net", "--ignore-env"], { NODE_EXTRA_CA_CERTS: rgw.ca }),
      "stored",
    );
  },
);
