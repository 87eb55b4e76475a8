/** A host's key: made once, written down, rotated, revoked. Held against what Amazon's manuals say. */
import assert from "node:assert/strict";
import { Failure, Misuse } from "../../lib/model/failure.ts";
import { amazonTest, changes } from "../support/amazon_host.ts";

amazonTest(
  "the secret of a key is written only to a file that only the owner can read",
  async (amazon, desk, host) => {
    const done = await desk.provision(host, { apply: true });
    const file = `${desk.kit(host)}/credentials`;
    const { id } = amazon.users.get("nightdrop-web1.example.org")!.keys[0]!;
    assert.equal(Deno.statSync(file).mode! & 0o777, 0o600);
    assert.equal(Deno.statSync(desk.kit(host)).mode! & 0o777, 0o700);
    assert.match(
      Deno.readTextFileSync(file),
      new RegExp(`_id = ${id}\naws_secret_access_key = secret/of\\+${id}\n$`),
    );
    assert.doesNotMatch(JSON.stringify(done) + Deno.inspect(done, { depth: 9 }), /secret\/of/);
    assert.deepEqual([...Deno.readDirSync(desk.kit(host))].map(({ name }) => name).sort(), [
      "README",
      "backup.config.ts",
      "credentials",
      "crontab",
      "keys",
    ]);
  },
);

amazonTest("a key that cannot be written to the kit is removed again", async (amazon, desk, host) => {
  await desk.provision(host, { apply: true });
  await desk.provision(host, { apply: true, only: "rotate" });
  await desk.provision(host, { apply: true, only: "finish" });
  const user = amazon.users.get("nightdrop-web1.example.org")!;
  user.keys = [];
  Deno.removeSync(`${desk.kit(host)}/credentials`);
  Deno.mkdirSync(`${desk.kit(host)}/credentials/in-the-way`, { recursive: true });
  await assert.rejects(desk.provision(host, { apply: true }), Failure);
  assert.deepEqual(user.keys, []);
});

amazonTest(
  "a key is rotated in two steps, and the owner decides when the first is removed",
  async (amazon, desk, host) => {
    await assert.rejects(desk.provision(host, { apply: true, only: "rotate" }), Misuse);
    await desk.provision(host, { apply: true });
    const ids = (): string[] => amazon.users.get("nightdrop-web1.example.org")!.keys.map(({ id }) => id);
    const [first] = ids();
    const inKit = (): string => Deno.readTextFileSync(`${desk.kit(host)}/credentials`);

    await desk.provision(host, { only: "rotate" });
    assert.deepEqual(ids(), [first], "without apply nothing is made");
    await desk.provision(host, { apply: true, only: "rotate" });
    const [, second] = ids();
    assert.deepEqual(ids(), [first, second]);
    assert.ok(inKit().includes(second!) && !inKit().includes(first!));
    await assert.rejects(
      desk.provision(host, { apply: true, only: "rotate" }),
      (error) => error instanceof Misuse && /last used: 2026-11-22/.test(error.hint!),
    );
    await desk.provision(host, { only: "finish" });
    assert.deepEqual(ids(), [first, second]);
    await desk.provision(host, { apply: true, only: "finish" });
    assert.deepEqual(ids(), [second]);
  },
);

amazonTest("no key is removed if the remaining key is not in the kit", async (amazon, desk, host) => {
  await desk.provision(host, { apply: true });
  await desk.provision(host, { apply: true, only: "rotate" });
  Deno.removeSync(`${desk.kit(host)}/credentials`);
  await assert.rejects(desk.provision(host, { apply: true, only: "finish" }), Misuse);
  assert.equal(amazon.users.get("nightdrop-web1.example.org")!.keys.length, 2);
});

amazonTest("a revoked host has no key and is denied all access", async (amazon, desk, host) => {
  await desk.provision(host, { apply: true });
  amazon.asked.length = 0;
  await desk.provision(host, { apply: true, only: "revoke" });
  assert.deepEqual(changes(amazon), ["IAM PutUserPolicy", "IAM DeleteAccessKey"]);
  const user = amazon.users.get("nightdrop-web1.example.org")!;
  assert.deepEqual(user.keys, []);
  assert.match(user.policies.get("nightdrop")!, /"Effect":"Deny","Action":"\*","Resource":"\*"/);
  assert.ok(amazon.buckets.has("web1.example.org-backups"), "the backups stay");
});
