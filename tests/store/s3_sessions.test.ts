/** Credentials that are good for a while, of a server that makes them: Ceph RGW with STS. */
import assert from "node:assert/strict";
import { Secret } from "../../lib/model/secret.ts";
import { makeUser } from "../../scripts/rgw/accounts.ts";
import { putOnly } from "../../scripts/rgw/policy.ts";
import { sessionKeys } from "../../scripts/rgw/sessions.ts";
import { newBucket, rgwTest } from "../support/rgw.ts";
import { content, rejects } from "./checks.ts";
import { withReader, withWriter } from "./closed_clients.ts";

rgwTest("a session token is sent, and its expiry is reported", async (rgw) => {
  const { host, trusted, name } = await newBucket(rgw);
  const user = `temporary-${crypto.randomUUID()}`;
  const keys = await sessionKeys(rgw, user, await makeUser(rgw, user), putOnly(name), 1);
  const credentials = {
    accessKeyId: keys.accessKeyId,
    secretAccessKey: new Secret(keys.secretAccessKey),
    sessionToken: new Secret(keys.sessionToken),
  };
  await withWriter({ ...host, credentials }, async (writer) => {
    let stored = 0;
    const putUntilRefused = async (): Promise<void> => {
      while (stored < 10_000) await writer.put(`${++stored}`, content(1));
    };
    const { message, hint } = await rejects(putUntilRefused(), "denied");
    assert.match(
      `${message}\n${hint}`,
      /may not store there\n.*or the session token has expired: get new temporary/,
    );
    assert.ok(stored > 1, "it was good for a while");
  });
  await withReader(trusted, async (reader) => {
    assert.ok((await Array.fromAsync(reader.list(""))).length > 0);
  });
}, { sessions: true });
