/** What `--json` prints and the webhook gets, of every command, against the written schema. */
import assert from "node:assert/strict";
import { definitionOf } from "../../lib/cli/command_line.ts";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { withAmazon } from "../support/amazon.ts";
import { foreignTest, run } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { withListener } from "../support/listener.ts";
import { jsonLines, type More, nightdrop } from "../support/nightdrop.ts";
import { newBucket, rgwTest } from "../support/rgw.ts";
import { pinSigner } from "../support/pin_signer.ts";
import { HOST, withSetup } from "../support/setup.ts";

const schema = JSON.parse(Deno.readTextFileSync(new URL("../../docs/events.schema.json", import.meta.url)));

/** Holds values against the schema, by a validator that is not ours. */
async function hold(values: unknown[]): Promise<void> {
  await withDirectory(async (directory) => {
    const { oneOf, ...rest } = schema;
    Deno.writeTextFileSync(
      `${directory}/schema.json`,
      JSON.stringify({ ...rest, type: "array", items: { oneOf } }),
    );
    Deno.writeTextFileSync(`${directory}/values.json`, JSON.stringify(values));
    const ran = await run("jsonschema", ["-i", `${directory}/values.json`, `${directory}/schema.json`]);
    assert.equal(ran.code, 0, ran.stderr.slice(0, 3000));
  });
}

/** Commands whose output is held against the schema here. */
const held = new Set<string>();

/** Runs a command with `--json`; gives the events that it printed. */
async function events(
  cwd: string,
  args: string[],
  code: number,
  more: More = {},
): Promise<{ event: string }[]> {
  held.add(args[0]!);
  const ran = await nightdrop([...args, "--json"], { cwd, ...more });
  assert.deepEqual([ran.code, ran.stderr], [code, ""], `${args.join(" ")}: ${ran.text}${ran.stderr}`);
  const lines = jsonLines(ran.text);
  assert.ok(lines.length > 0, args.join(" "));
  return lines;
}

const IDENTITY = ["--identity", "keys/backups.private.asc"];
const BACKUP = ["backup", "--host", HOST];
const GRANT = { flags: ["--allow-run=getfattr,sh"] };

const HOOKS_AND_DUMPS = `
  hooks: { before: ["sh", "-c", "echo ready"] },
  dumps: [{ name: "good", command: ["sh", "-c", "echo 1"] }, { name: "empty", command: ["sh", "-c", ":"] }, { name: "bad", command: ["sh", "-c", "exit 1"] }],`;

foreignTest(
  ["jsonschema"],
  "the output of host and owner commands matches the schema",
  async () => {
    const seen: { event: string }[] = [];
    const see = async (...call: Parameters<typeof events>): Promise<void> =>
      void seen.push(...await events(...call));
    await withListener(({ url, heard }) =>
      withSetup(
        async (at) => {
          const env = { PING: url };
          const text = Deno.readTextFileSync(`${at}/backup.config.ts`);
          Deno.writeTextFileSync(`${at}/plain.config.ts`, text.replace(/notify: .*/, "")); // cron has no variables
          await see(at, ["keygen", "more"], 0);
          await see(at, ["init", "--config", "other/backup.config.ts", "--host", "db1.example.org"], 0);
          await see(at, [...BACKUP, "--dry-run"], 3, GRANT);
          await see(at, BACKUP, 3, { ...GRANT, env });
          await see(at, BACKUP, 2, { env }); // the hook is not granted
          await see(at, ["list"], 0);
          await see(at, ["status"], 5);
          await see(at, ["verify", "--deep", ...IDENTITY], 1); // the mirror is not there yet
          await see(at, ["drill", "--seed", "s", ...IDENTITY], 1);
          await see(at, ["drill", "--request", "r"], 0);
          await see(at, ["drill", "--answer", "r", ...IDENTITY], 0);
          await see(at, ["files", "latest", ...IDENTITY], 0);
          await see(at, ["find", "*.conf", ...IDENTITY], 0);
          const day = new Date().toISOString().slice(0, 10);
          await see(at, ["diff", `${day}Z`, "latest", ...IDENTITY], 0);
          await see(at, ["stats"], 0);
          await see(at, ["stats", "latest", "--sent", ...IDENTITY], 0);
          for (const name of ["cat", "tar"]) await see(at, [name, "latest", "/a.conf", ...IDENTITY], 2);
          await see(at, ["restore", "latest", "--to", "back", ...IDENTITY], 0);
          await see(at, ["restore", "latest", "--to", "back"], 2);
          await see(at, ["permissions", "--host", HOST], 0);
          for (const name of ["verify", "init"]) await see(at, ["permissions", "--for", name], 0);
          await see(at, ["completions", "bash"], 0);
          await see(at, ["schedule", "--host", HOST, "--config", "plain.config.ts", "--cron"], 0);
          await see(at, [
            "schedule",
            "--host",
            HOST,
            "--config",
            "plain.config.ts",
            "--cron",
            "--install",
            "--root",
            "root",
          ], 0);
          await see(at, ["man"], 0);
          await see(at, ["quickstart", "source", "--in", "drill"], 0);
          await pinSigner(at);
          await see(at, ["expire", HOST, "--on-host"], 0);
          Deno.mkdirSync(`${at}/pins`);
          await see(at, ["pin", "latest", "--label", "why"], 0);
          await see(at, ["list", "--store", "pins"], 0);
          await see(at, ["unpin", "20"], 0);
          Deno.mkdirSync(`${at}/second`);
          await see(at, ["keygen", "keys", "--signing"], 0);
          await see(at, ["mirror", "--to", "second"], 0);
          spoil(`${at}/store/${HOST}`);
          await see(at, ["list"], 4);
          await see(at, ["verify"], 4);
          assert.equal(heard.length, 2);
          seen.push(...heard.map((line) => JSON.parse(line.slice(line.indexOf("{")))));
        },
        ', "missing"',
        `${HOOKS_AND_DUMPS} notify: { webhook: { env: "PING" } },
        pins: { store: { kind: "directory", path: "pins" } },
        mirrors: { second: { store: { kind: "directory", path: "second" } } },`,
      )
    );
    await hold(seen);
    const kinds = new Set(seen.map(({ event }) => event));
    for (
      const kind of [
        "note",
        "warning",
        "trouble",
        "output",
        "error",
        "unfinished",
        "damaged",
        "finding",
        "backup",
      ]
    ) {
      assert.ok(kinds.has(kind), `${kind} was seen`);
    }
  },
);

/** Makes a directory without a receipt of one snapshot, and a receipt that is not to be trusted of another. */
function spoil(host: string): void {
  const [first] = [...Deno.readDirSync(host)].map(({ name }) => name);
  const copy = first!.replace(/.$/, (digit) => digit === "0" ? "1" : "0");
  Deno.mkdirSync(`${host}/${copy}`);
  for (const { name } of Deno.readDirSync(`${host}/${first}`)) {
    if (!name.startsWith("receipt-")) continue;
    const other = `receipt-${"0".repeat(64)}.json.asc`;
    Deno.copyFileSync(`${host}/${first}/${name}`, `${host}/${copy}/${other}`);
  }
  Deno.mkdirSync(`${host}/20200101T000000Z-0123456789abcdef`);
  Deno.writeTextFileSync(
    `${host}/20200101T000000Z-0123456789abcdef/000001.000000-${"0".repeat(64)}.tar.gpg`,
    "x",
  );
}

foreignTest(
  ["jsonschema"],
  "the output of provision matches the schema",
  () =>
    withAmazon((amazon) =>
      withSetup(async (at) => {
        const bucket = { bucket: "b-{host}", region: "eu-central-1", endpoint: amazon.endpoint };
        useBucket(at, bucket);
        const second = { second: { store: { kind: "s3", ...bucket, bucket: "second-{host}" } } };
        const config = Deno.readTextFileSync(`${at}/backup.config.ts`);
        const mirrors = `mirrors: ${JSON.stringify(second)}, hosts:`;
        Deno.writeTextFileSync(`${at}/backup.config.ts`, config.replace("hosts:", () => mirrors));
        const env = {
          NIGHTDROP_OWNER_ACCESS_KEY_ID: "OWNER",
          NIGHTDROP_OWNER_SECRET_ACCESS_KEY: "of-the-owner",
        };
        const seen = [
          ...await events(at, ["provision", HOST], 0, { env }),
          ...await events(at, ["provision", HOST, "--apply", "--show-key"], 0, { env }),
          ...await events(at, ["provision", "--all"], 0, { env }),
          ...await events(at, ["provision", "--reader", "--apply", "--show-key"], 0, { env }),
          ...await events(at, ["provision", HOST, "--replicate", "second", "--apply"], 0, { env }),
          ...await events(at, ["provision", "--all", "--replicate", "second"], 0, { env }),
          ...await events(at, ["provision", "--all", "--replicate", "second", "--revoke", "--apply"], 0, {
            env,
          }),
        ];
        seen.push(
          ...await events(at, ["provision", "--store", "second", "--apply", "--show-key"], 0, { env }),
        );
        amazon.denied.add("IAM GetUser");
        seen.push(...await events(at, ["provision", "--all"], 1, { env }));
        await hold(seen);
      })
    ),
);

rgwTest("the output of audit and upload matches the schema", (rgw) =>
  withSetup(async (at) => {
    const { host: { bucket, region, endpoint, credentials }, trusted } = await newBucket(rgw);
    useBucket(at, { bucket, region, endpoint });
    const variables = ({ accessKeyId, secretAccessKey }: typeof credentials): Record<string, string> => ({
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey.reveal(),
    });
    const env = variables(credentials);
    await hold([
      ...await events(at, ["upload", bucket, "backup.config.ts", "--host", HOST], 0, { env }),
      ...await events(at, ["audit", HOST], 4, { env }),
      ...await events(at, ["audit", "--reader"], 0, { env: variables(trusted.credentials) }),
    ]);
  }));

rgwTest("the output of a pin that the server copies matches the schema", (rgw) =>
  withSetup(async (at) => {
    const [backups, pins] = await Promise.all([newBucket(rgw), newBucket(rgw)]);
    const { bucket, region, endpoint, credentials: { accessKeyId, secretAccessKey } } = backups.admin;
    useBucket(at, { bucket, region, endpoint });
    const file = `${at}/backup.config.ts`;
    const store = JSON.stringify({ kind: "s3", bucket: pins.name, region, endpoint });
    Deno.writeTextFileSync(
      file,
      Deno.readTextFileSync(file).replace("hosts:", `pins: { store: ${store} }, hosts:`),
    );
    const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey.reveal() };
    await hold(await events(at, ["backup", "--host", HOST], 0, { env }));
    const printed = await events(at, ["pin", "latest", "--label", "why"], 0, { env });
    await hold(printed);
    const { copied, byServer } = printed.find(({ event }) => event === "pinned") as unknown as Record<
      string,
      number
    >;
    assert.deepEqual([copied, byServer], [3, 2], "all except the receipt");
  }));

/** The config with a bucket in the place of its directory. */
function useBucket(at: string, store: object): void {
  const file = `${at}/backup.config.ts`;
  const text = Deno.readTextFileSync(file);
  const bucket = JSON.stringify({ kind: "s3", ...store });
  Deno.writeTextFileSync(file, text.replace(/store: \{.*?\}/, `store: ${bucket}`));
}

Deno.test("the output of every command is checked against the schema in this file", async () => {
  if (held.size === 0) return; // they were skipped, and said so
  const commands = (await definitionOf(COMMANDS)).commands.map((it) => it.name());
  assert.deepEqual(commands.filter((name) => !held.has(name)), []);
});

Deno.test("docs/EVENTS.md describes every event and key of the schema", () => {
  const text = Deno.readTextFileSync(new URL("../../docs/EVENTS.md", import.meta.url));
  const rows = text.split("\n").filter((line) => line.startsWith("| `"));
  for (
    const [name, { properties }] of Object.entries<{ properties?: Record<string, { const?: string }> }>(
      schema.$defs,
    )
  ) {
    const event = properties?.event?.const;
    if (event === undefined) continue;
    const keys = Object.keys(properties!).filter((key) => key !== "event");
    const of = rows.filter((row) => row.split("|")[1]!.includes(`\`${event}\``));
    assert.ok(
      of.some((row) => keys.every((key) => row.includes(`\`${key}\``))),
      `${name}: ${keys.join(", ")}`,
    );
  }
});
