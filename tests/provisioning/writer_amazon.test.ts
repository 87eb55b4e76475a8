/** The buckets and users that `provision --store` creates for mirrors and pins, held against what Amazon's manuals say. */
import assert from "node:assert/strict";
import { Misuse } from "../../lib/model/failure.ts";
import { copyPlaces } from "../../lib/provisioning/copy_places.ts";
import type { OwnUserOptions } from "../../lib/provisioning/own_user.ts";
import {
  emitWriter,
  type ProvisionedWriter,
  provisionWriter,
  writerDrifts,
} from "../../lib/provisioning/writing.ts";
import type { Host } from "../../lib/config/types.ts";
import type { Amazon } from "../support/amazon.ts";
import { amazonTest, body, changes, config } from "../support/amazon_host.ts";
import { type Desk, NEW_BUCKET } from "../support/vault.ts";

const PATHS = { paths: ["/etc"] };

/** Returns hosts with a mirror in another region, and pins in one bucket. */
function hosts(amazon: Amazon, desk: Desk, { mirror = {}, pins = {}, more = {} } = {}): Map<string, Host> {
  const bucket = { kind: "s3", region: "eu-west-1", endpoint: amazon.endpoint };
  const all = {
    ...config(amazon, { web1: PATHS, web2: PATHS, ...more }),
    mirrors: {
      second: {
        store: { ...bucket, bucket: "second-{host}", ...mirror },
        putCredentials: { file: "second.keys" },
      },
      disk: { store: { kind: "directory", path: "/mnt" } },
    },
    pins: { store: { ...bucket, region: "eu-central-1", bucket: "pins", prefix: "{host}", ...pins } },
  };
  return new Map(desk.hosts(all as Parameters<Desk["hosts"]>[0]).map((it) => [it.name, it]));
}

function writer(
  desk: Desk,
  all: ReadonlyMap<string, Host>,
  store: string,
  options: Partial<OwnUserOptions> = {},
): Promise<ProvisionedWriter> {
  const places = copyPlaces(all, store, { configDirectory: desk.directory });
  return provisionWriter(places, desk.owners, { apply: false, ...options }, desk.run);
}

/** Returns the current documents of the managed policies. */
function documents({ managed }: Amazon): { readonly Statement: Record<string, unknown>[] }[] {
  return [...managed.values()].map((versions) => JSON.parse(versions.at(-1)!.document));
}

amazonTest(
  "the buckets of a mirror are vaults, and its user may put there and nothing else",
  async (amazon, desk) => {
    const all = hosts(amazon, desk, { mirror: { objectLock: { mode: "governance" } } });
    const plan = await writer(desk, all, "second");
    const missing = Object.keys(NEW_BUCKET).map((name) => `second-web1: ${name}: missing`);
    const planned = plan.steps.map(({ name, before }) => `${name}: ${before.state}`);
    assert.deepEqual(missing.filter((it) => !planned.includes(it)), []);
    assert.deepEqual([plan.user, plan.keys[0]!.state, changes(amazon)], [
      "nightdrop-writer-second",
      "missing",
      [],
    ]);
    const done = await writer(desk, all, "second", { apply: true });
    for (const bucket of ["/second-web1", "/second-web2"]) {
      assert.match(body(amazon, `PUT ${bucket}`), /<LocationConstraint>eu-west-1</);
      assert.match(body(amazon, `PUT ${bucket}?lifecycle`), /<Expiration><Days>61<\/Days><\/Expiration>/);
      assert.match(body(amazon, `PUT ${bucket}?object-lock`), /<Days>61<\/Days>/);
      assert.match(body(amazon, `PUT ${bucket}?policy`), /NightdropCreateOnly/);
    }
    assert.deepEqual(documents(amazon).map(({ Statement }) => Statement), [[{
      Sid: "NightdropPut",
      Effect: "Allow",
      Action: "s3:PutObject",
      Resource: ["arn:aws:s3:::second-web1/*", "arn:aws:s3:::second-web2/*"],
    }]]);
    assert.deepEqual([done.file, done.keys[0]!.state], [`${desk.directory}/second.keys`, "made"]);
    assert.equal(Deno.statSync(done.file).mode! & 0o777, 0o600);
    amazon.asked.length = 0;
    const again = await writer(desk, all, "second", { apply: true });
    assert.deepEqual([again.steps.filter(({ made }) => made), again.keys[0]!.state], [[], "good"]);
    assert.ok(changes(amazon).every((call) => call.endsWith("/nightdrop-probe")), changes(amazon).join());
  },
);

amazonTest(
  "the bucket of pins expires nothing, and its user may also remove pins and read what is copied",
  async (amazon, desk) => {
    const all = hosts(amazon, desk);
    const done = await writer(desk, all, "pins", { apply: true });
    // Without TLS at the contract, nothing is refused: nightdrop's own copies have no header that is.
    assert.deepEqual(changes(amazon).filter((call) => /^PUT \/pins($|\?)/.test(call)), ["PUT /pins"]);
    assert.deepEqual(
      documents(amazon)[0]!.Statement.map(({ Action, Resource }) => [Action, Resource]),
      [
        [["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"], [
          "arn:aws:s3:::pins/web1/*",
          "arn:aws:s3:::pins/web2/*",
        ]],
        ["s3:ListBucketVersions", "arn:aws:s3:::pins"],
        [["s3:GetObject", "s3:GetObjectVersion"], [
          "arn:aws:s3:::web1-backups/*",
          "arn:aws:s3:::web2-backups/*",
        ]],
      ],
    );
    assert.equal(done.file, `${desk.directory}/pins.writer.credentials`);
    const rule =
      "<Rule><ID>tidy up</ID><Status>Enabled</Status><Filter><Prefix/></Filter><Expiration><Days>3</Days>" +
      "</Expiration></Rule>";
    amazon.buckets.get("pins")!.set("lifecycle", `<LifecycleConfiguration>${rule}</LifecycleConfiguration>`);
    const places = copyPlaces(all, "pins", { configDirectory: desk.directory });
    assert.deepEqual(
      (await writerDrifts(places, desk.owners, desk.run)).map((
        { name, found, broken },
      ) => [name, found, broken]),
      [
        ["pins: expiry", 'the rule "tidy up" removes objects after 3 days', true],
      ],
    );
    await assert.rejects(
      writer(desk, all, "pins", { apply: true }),
      /Cannot keep pins in pins: the rule "tidy up"/,
    );
  },
);

amazonTest(
  "the key of a user who puts is rotated and revoked; buckets are left alone",
  async (amazon, desk) => {
    const all = hosts(amazon, desk);
    const { file } = await writer(desk, all, "second", { apply: true });
    const first = Deno.readTextFileSync(file);
    amazon.asked.length = 0;
    await writer(desk, all, "second", { apply: true, only: "rotate" });
    assert.notEqual(Deno.readTextFileSync(file), first);
    await writer(desk, all, "second", { apply: true, only: "finish" });
    assert.equal(amazon.users.get("nightdrop-writer-second")!.keys.length, 1);
    await writer(desk, all, "second", { apply: true, only: "revoke" });
    assert.deepEqual(amazon.users.get("nightdrop-writer-second")!.keys, []);
    assert.match(amazon.users.get("nightdrop-writer-second")!.policies.get("nightdrop")!, /"Deny"/);
    assert.ok(changes(amazon).every((call) => call.startsWith("IAM ")), changes(amazon).join());
  },
);

amazonTest("settings of a mirror that were changed are drift", async (amazon, desk) => {
  const all = hosts(amazon, desk);
  await writer(desk, all, "second", { apply: true });
  const places = copyPlaces(all, "second", { configDirectory: desk.directory });
  assert.deepEqual(await writerDrifts(places, desk.owners, desk.run), []);
  amazon.buckets.get("second-web2")!.delete("lifecycle");
  amazon.buckets.get("second-web1")!.delete("encryption");
  amazon.users.get("nightdrop-writer-second")!.attached.push("AdministratorAccess");
  assert.deepEqual(
    (await writerDrifts(places, desk.owners, desk.run)).map(({ name, broken }) => [name, broken]),
    [["second-web1: encryption", false], ["second-web2: lifecycle", true], ["other policies", true]],
  );
});

amazonTest("a store that cannot be provisioned is refused, with what to do", async (amazon, desk) => {
  const refused = (all: ReadonlyMap<string, Host>, store: string, says: RegExp, host?: string): void => {
    assert.throws(
      () => copyPlaces(all, store, { configDirectory: desk.directory, host }),
      (error) => error instanceof Misuse && says.test(`${error.message} ${error.hint}`),
    );
  };
  refused(hosts(amazon, desk), "third", /no mirror of this name Name one of disk, pins, second/);
  refused(hosts(amazon, desk), "disk", /no store in the config is a bucket/);
  refused(
    hosts(amazon, desk, { pins: { objectLock: { mode: "governance" } } }),
    "pins",
    /pins could not be removed/,
  );
  const store = { kind: "s3", bucket: "elsewhere", region: "eu-west-1", endpoint: "https://s3.example.org" };
  const elsewhere = { more: { web3: { ...PATHS, mirrors: { second: { store } } } } };
  refused(
    hosts(amazon, desk, elsewhere),
    "second",
    /Set the same putCredentials .* --store NAME --user NAME/,
  );
  await assert.rejects(
    writer(desk, hosts(amazon, desk), "second").then(async () => {
      Deno.writeTextFileSync(
        `${desk.directory}/second.keys`,
        "[default]\naws_access_key_id = A\naws_secret_access_key = b\n",
        { mode: 0o600 },
      );
      await writer(desk, hosts(amazon, desk), "second", { apply: true });
    }),
    /Cannot use the credentials file \S+second\.keys for nightdrop-writer-second/,
  );
});

amazonTest("the settings of a mirror and of pins are printed without a request", async (amazon, desk) => {
  const all = hosts({ ...amazon, endpoint: undefined as never }, desk);
  // deno-lint-ignore no-explicit-any
  const printed = async (store: string): Promise<any> =>
    JSON.parse(JSON.stringify(await emitWriter(copyPlaces(all, store, { configDirectory: desk.directory }))));
  const { user, userPolicies, buckets } = await printed("second");
  assert.deepEqual([user, userPolicies.length], ["nightdrop-writer-second", 1]);
  assert.deepEqual(buckets.map(({ bucket }: { bucket: string }) => bucket), ["second-web1", "second-web2"]);
  const [pins] = (await printed("pins")).buckets;
  assert.deepEqual([pins.lifecycle, pins.versioning, pins.user], [[], undefined, undefined]);
  assert.deepEqual(pins.bucketPolicy.Statement.map(({ Sid }: { Sid: string }) => Sid), ["NightdropTlsOnly"]);
  assert.deepEqual(amazon.asked, []);
});
