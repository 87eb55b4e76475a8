/** The reading user that `provision --reader` creates, held against what Amazon's manuals say. */
import assert from "node:assert/strict";
import { Misuse } from "../../lib/model/failure.ts";
import type { OwnUserOptions } from "../../lib/provisioning/own_user.ts";
import type { ProvisionedUser } from "../../lib/provisioning/own_user.ts";
import { provisionReader } from "../../lib/provisioning/reading.ts";
import { userPlaces, type UserSelection } from "../../lib/provisioning/user_places.ts";
import type { Host } from "../../lib/config/types.ts";
import { type Amazon, withAmazon } from "../support/amazon.ts";
import { changes, config } from "../support/amazon_host.ts";
import { type Desk, withDesk } from "../support/vault.ts";

const KEYS = { accessKeyId: "OWNER", secretAccessKey: "of-the-owner" };
const PATHS = { paths: ["/etc"] };

function deskTest(name: string, body: (amazon: Amazon, desk: Desk) => Promise<void>): void {
  Deno.test(name, () => withAmazon((amazon) => withDesk((desk) => body(amazon, desk), KEYS)));
}

function byName(hosts: readonly Host[]): Map<string, Host> {
  return new Map(hosts.map((host) => [host.name, host]));
}

/** Current documents of the managed policies. */
// deno-lint-ignore no-explicit-any
function documents({ managed }: Amazon): { readonly Statement: any[] }[] {
  return [...managed.values()].map((versions) => JSON.parse(versions.at(-1)!.document));
}

function reader(
  desk: Desk,
  hosts: readonly Host[],
  options: Partial<OwnUserOptions> = {},
  selection: Partial<UserSelection> = {},
): Promise<ProvisionedUser> {
  const places = userPlaces(byName(hosts), { configDirectory: desk.directory, ...selection });
  return provisionReader(places, desk.owners, { apply: false, ...options }, desk.run);
}

deskTest(
  "the reading user may list and read the buckets of all hosts, each below its prefix",
  async (amazon, desk) => {
    const shared = (prefix: string): object => ({ ...config(amazon, {}).store, bucket: "shared", prefix });
    const hosts = desk.hosts(config(amazon, {
      web1: PATHS,
      web2: PATHS,
      db1: { ...PATHS, store: shared("fleet/{host}") },
      db2: { ...PATHS, store: shared("fleet/{host}") },
    }));
    assert.deepEqual((await reader(desk, hosts)).steps.map(({ before }) => before.state), [
      "missing",
      "missing",
      "good",
    ]);
    assert.deepEqual(changes(amazon), [], "a plan changes nothing");
    await reader(desk, hosts, { apply: true });
    const { attached, keys } = amazon.users.get("nightdrop-reader")!;
    assert.deepEqual(attached, ["nightdrop-reader-1"]);
    assert.deepEqual(documents(amazon)[0], {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "NightdropList",
          Effect: "Allow",
          Action: ["s3:ListBucket", "s3:ListBucketVersions", "s3:GetLifecycleConfiguration"],
          Resource: ["arn:aws:s3:::web1-backups", "arn:aws:s3:::web2-backups"],
        },
        {
          Sid: "NightdropExpiry",
          Effect: "Allow",
          Action: "s3:GetLifecycleConfiguration",
          Resource: "arn:aws:s3:::shared",
        },
        {
          Sid: "NightdropList0",
          Effect: "Allow",
          Action: ["s3:ListBucket", "s3:ListBucketVersions"],
          Resource: "arn:aws:s3:::shared",
          Condition: { StringLike: { "s3:prefix": ["fleet/db1/*", "fleet/db2/*"] } },
        },
        {
          Sid: "NightdropGet",
          Effect: "Allow",
          Action: ["s3:GetObject", "s3:GetObjectVersion"],
          Resource: [
            "arn:aws:s3:::web1-backups/*",
            "arn:aws:s3:::web2-backups/*",
            "arn:aws:s3:::shared/fleet/db1/*",
            "arn:aws:s3:::shared/fleet/db2/*",
          ],
        },
      ],
    });
    const file = `${desk.directory}/reader.credentials`;
    assert.equal(Deno.statSync(file).mode! & 0o777, 0o600);
    assert.match(Deno.readTextFileSync(file), new RegExp(`_id = ${keys[0]!.id}\n`));
    amazon.asked.length = 0;
    assert.deepEqual((await reader(desk, hosts, { apply: true })).keys.map(({ state }) => state), ["good"]);
    assert.deepEqual(changes(amazon), [], "a repeated run changes nothing");
  },
);

deskTest("the key of the reading user is rotated in two steps, and revoked", async (amazon, desk) => {
  const hosts = desk.hosts(config(amazon, { web1: PATHS }, { credentials: { file: "keys/reader" } }));
  const file = `${desk.directory}/keys/reader`;
  await reader(desk, hosts, { apply: true });
  const ids = (): string[] => amazon.users.get("nightdrop-reader")!.keys.map(({ id }) => id);
  const [first] = ids();
  await reader(desk, hosts, { apply: true, only: "rotate" });
  const [, second] = ids();
  assert.match(Deno.readTextFileSync(file), new RegExp(second!));
  await reader(desk, hosts, { apply: true, only: "finish" });
  assert.deepEqual(ids(), [second]);
  assert.notEqual(first, second);
  await reader(desk, hosts, { apply: true, only: "revoke" });
  const { keys, policies } = amazon.users.get("nightdrop-reader")!;
  assert.deepEqual(keys, []);
  assert.match(policies.get("nightdrop")!, /"Effect":"Deny","Action":"\*"/);
});

deskTest("a credentials file with a key of another user is never replaced", async (amazon, desk) => {
  const hosts = desk.hosts(config(amazon, { web1: PATHS }, { credentials: { file: "keys/reader" } }));
  const file = `${desk.directory}/keys/reader`;
  const text = "[default]\naws_access_key_id = MINE\naws_secret_access_key = secret\n";
  Deno.writeTextFileSync(file, text, { mode: 0o600 });
  const refused = (error: unknown): boolean =>
    error instanceof Misuse && /not, or no longer, one of this user/.test(error.message);
  await assert.rejects(reader(desk, hosts, { apply: true }), refused);
  assert.deepEqual(changes(amazon), []);
  await reader(desk, hosts, { apply: true }, { file: `${desk.directory}/other` });
  await assert.rejects(reader(desk, hosts, { apply: true, only: "rotate" }), refused);
  assert.equal(Deno.readTextFileSync(file), text);
});

deskTest("a policy that is too long for Amazon is divided, and follows the fleet", async (amazon, desk) => {
  const fleet = (count: number): Host[] => {
    const names = Array.from({ length: count }, (_, at) => `host${at}.example.org`);
    return desk.hosts(config(amazon, Object.fromEntries(names.map((name) => [name, PATHS]))));
  };
  const { attached } = await (async () => {
    await reader(desk, fleet(150), { apply: true });
    return amazon.users.get("nightdrop-reader")!;
  })();
  assert.deepEqual(attached, ["nightdrop-reader-1", "nightdrop-reader-2", "nightdrop-reader-3"]);
  const all = documents(amazon).flatMap(({ Statement }) => Statement.flatMap(({ Resource }) => Resource));
  for (const { name } of fleet(150)) assert.ok(all.includes(`arn:aws:s3:::${name}-backups/*`), name);
  amazon.asked.length = 0;
  const again = await reader(desk, fleet(150), { apply: true });
  assert.deepEqual([changes(amazon), again.steps.map(({ before }) => before.state)], [[], [
    "good",
    "good",
    "good",
  ]]);

  for (let count = 20; count < 28; count++) await reader(desk, fleet(count), { apply: true });
  assert.deepEqual(attached, ["nightdrop-reader-1"], "what is no longer needed is detached");
  assert.equal(documents(amazon)[0]!.Statement[0]!.Resource.length, 27, "more changes than versions");

  await reader(desk, fleet(1), { apply: true, only: "revoke" });
  Deno.removeSync(`${desk.directory}/reader.credentials`);
  const revoked = await reader(desk, fleet(27));
  assert.deepEqual(revoked.steps[1]!.before, { state: "different", found: "it also has nightdrop" });
  await reader(desk, fleet(27), { apply: true });
  assert.deepEqual([...amazon.users.get("nightdrop-reader")!.policies], [], "the denial is removed");
  attached.push("AdministratorAccess");
  const { before } = (await reader(desk, fleet(27))).steps[2]!;
  assert.deepEqual(before, { state: "different", found: "AdministratorAccess" });
});

deskTest("a fleet that is too large for one user is refused, with another way", async (amazon, desk) => {
  const names = Array.from({ length: 1000 }, (_, at) => `host${at}.example.org`);
  const hosts = desk.hosts(config(amazon, Object.fromEntries(names.map((name) => [name, PATHS]))));
  await assert.rejects(reader(desk, hosts, { apply: true }), (error) => {
    return error instanceof Misuse && /would need 1\d policies/.test(error.message) &&
      /a user for each/.test(error.hint!);
  });
  assert.deepEqual(changes(amazon), []);
});

deskTest(
  "mirrors with the same credentials share a user, and each other mirror has its own",
  async (amazon, desk) => {
    const store = (bucket: string, file: string): object => ({
      ...config(amazon, {}).store,
      bucket,
      credentials: { file },
    });
    const hosts = desk.hosts(
      {
        ...config(amazon, { web1: PATHS }, { credentials: { file: "reader" } }),
        mirrors: { near: { store: store("near", "reader") }, far: { store: store("far", "far.reader") } },
      } as Parameters<Desk["hosts"]>[0],
    );
    const { buckets } = await reader(desk, hosts);
    assert.deepEqual(buckets, ["web1-backups", "near"]);
    const far = hosts.map((host) => ({
      ...host,
      store: host.mirrors.find(({ name }) => name === "far")!.store,
      mirrors: [],
    }));
    const other = await reader(desk, far, {}, { store: "far" });
    assert.deepEqual([other.user, other.buckets, other.file], [
      "nightdrop-reader-far",
      ["far"],
      `${desk.directory}/far.reader`,
    ]);
  },
);

deskTest("a config with several providers, or without a bucket, asks for a host", (amazon, desk) => {
  const hosts = (second: object, name = "web2"): Map<string, Host> =>
    byName(desk.hosts(config(amazon, { web1: PATHS, [name]: { ...PATHS, store: second } })));
  const elsewhere = { kind: "s3", bucket: "b-b", region: "x", endpoint: "https://s3.example.org" };
  const own = { ...config(amazon, {}).store, credentials: { file: "other" } };
  const at = { configDirectory: "/x" };
  assert.throws(
    () => userPlaces(hosts(elsewhere), at),
    /one reading user: the config has web1-backups.*and b-b at/,
  );
  assert.deepEqual(
    userPlaces(hosts(elsewhere), { ...at, host: "web2" }).stores.map(({ bucket }) => bucket),
    ["b-b"],
  );
  assert.throws(
    () => userPlaces(hosts(own), { ...at, host: "web2" }),
    Misuse,
    "two users with the same name",
  );
  assert.equal(
    userPlaces(hosts(own), { ...at, host: "web2", user: "second" }).file,
    `${desk.directory}/other`,
  );
  const directory = { kind: "directory", path: "/mnt" };
  assert.equal(userPlaces(hosts(directory), at).stores.length, 1);
  assert.throws(() => userPlaces(hosts(directory), { ...at, host: "web2" }), /its store is a directory/);
  const only = new Map([...hosts(directory)].slice(1));
  assert.throws(() => userPlaces(only, at), /no store in the config is a bucket/);
  assert.throws(() => userPlaces(hosts(own, "reader"), { ...at, host: "web1" }), Misuse);
  assert.throws(
    () => userPlaces(byName(desk.hosts(config(amazon, { reader: PATHS }))), at),
    /the user of the host reader has this name/,
  );
  return Promise.resolve();
});
