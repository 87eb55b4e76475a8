/** What is done with each artefact, in this order, as people would type it. */
import assert from "node:assert/strict";
import { asCron } from "../support/cron.ts";
import { must, type Ran } from "../support/foreign.ts";
import type { Desk, Role } from "./desk.ts";

/** One command of a journey. */
export interface Step {
  readonly name: string;
  readonly role: Role;
  /** Command and arguments, without `--config`. */
  readonly words: (desk: Desk) => readonly string[];
  /** What is done before. */
  readonly before?: (desk: Desk) => Promise<void>;
  /** Exit code. Default: 0. */
  readonly code?: number;
  /** What standard output has to match. */
  readonly says: RegExp;
  /** What else has to be true afterwards. */
  readonly after?: (desk: Desk, ran: Ran) => Promise<void>;
  /** What is said where the store is a directory, if it is for buckets alone: a usage error. */
  readonly directory?: RegExp;
  /** What is said where the store is a bucket, if it is for directories alone. */
  readonly bucket?: RegExp;
  /** Whether it needs a program that others can start. */
  readonly program?: boolean;
}

const IDENTITY = ["--identity", "private.asc"];

/** The user that reads, with the file that has its key. */
const readerOf = (host: string): string[] => ["--user", `reader-of-${host}`, "--credentials", "reader.keys"];

/** The commands. */
export const STEPS: readonly Step[] = [
  {
    name: "provision",
    role: "owner",
    words: ({ host }) => ["provision", host, "--apply"],
    says: /made|no change/,
    directory: /directory/,
  },
  {
    name: "provision store",
    role: "owner",
    words: ({ host }) => ["provision", "--store", "second", "--user", `writer-of-${host}`, "--apply"],
    says: /it can put objects; it cannot list them$/m,
    directory: /directory/,
  },
  {
    name: "provision reader",
    role: "owner",
    words: ({ host }) => ["provision", "--reader", "--apply", ...readerOf(host)],
    says: /^good +key: .*: it can list the buckets; it cannot put objects$/m,
    directory: /no store in the config is a bucket/,
  },
  {
    name: "audit",
    role: "owner",
    words: ({ host }) => ["audit", host, "--credentials", "credentials"],
    says: /: good: it can put new objects and nothing else \(\d+ attempts\); the settings match the config/,
    directory: /directory/,
  },
  {
    name: "dry run",
    role: "host",
    words: ({ host }) => ["backup", "--host", host, "--dry-run", "--verbose"],
    says: /^Would back up .* in ([2-9]|\d\d+) volumes/,
    after: (_, { stderr }) =>
      Promise.resolve(assert.match(stderr, /^Memory profile: (small|fast), .* of the (machine|cgroup)$/m)),
  },
  {
    name: "backup",
    role: "host",
    words: ({ host }) => ["backup", "--host", host],
    says: /^Stored: /,
  },
  {
    name: "incremental",
    role: "host",
    before: async ({ at }) => {
      Deno.writeTextFileSync(`${at}/source/new`, "new\n");
      await must("setfattr", ["-n", "user.kind", "-v", "kept", `${at}/source/new`]);
    },
    words: ({ host }) => ["backup", "--host", host],
    says: /^Stored: .*, sent \d+ entr/,
  },
  {
    name: "keygen",
    role: "owner",
    words: () => ["keygen", "keys", "--signing"],
    says: /signing/,
  },
  {
    name: "mirror",
    role: "reader",
    words: () => ["mirror", "--to", "second"],
    says: /objects of .* copied/,
  },
  {
    name: "audit reader",
    role: "owner",
    words: ({ host }) => ["audit", "--reader", ...readerOf(host)],
    says: /: good: it can list and read and nothing else \(\d+ attempts\); the settings match the config/,
    directory: /no store in the config is a bucket/,
  },
  {
    name: "list",
    role: "reader",
    words: () => ["list"],
    says: /^(\S+\/\d{8}T\d{6}Z-[0-9a-f]{16} .*\n){2}$/,
  },
  {
    name: "verify",
    role: "reader",
    words: () => ["verify", "--deep", ...IDENTITY],
    says: /: good.*: 2 snapshots, /,
  },
  {
    name: "status",
    role: "reader",
    words: () => ["status", "--metrics", "fleet.prom", "--html", "page"],
    code: 5, // the signing key is not pinned
    says: /^1 of 1 host needs attention; .*warning: signer: /s,
    after: async ({ at }) =>
      void await Promise.all([Deno.stat(`${at}/fleet.prom`), Deno.stat(`${at}/page/index.html`)]),
  },
  {
    name: "files",
    role: "reader",
    words: () => ["files", "latest", "**/source/new", ...IDENTITY],
    says: /\/source\/new\n$/,
  },
  {
    name: "find",
    role: "reader",
    words: () => ["find", "**/source/new", ...IDENTITY],
    says: /\/source\/new\n$/,
  },
  {
    name: "diff",
    role: "reader",
    words: () => ["diff", "latest", "2999-01-01", ...IDENTITY],
    says: /^0 added .*, 0 removed .*, 0 changed /,
  },
  {
    name: "stats",
    role: "reader",
    words: () => ["stats"],
    says: /: 2 snapshots, .* stored\n$/,
  },
  {
    name: "cat",
    role: "reader",
    words: ({ at }) => ["cat", "latest", `${at}/source/new`, ...IDENTITY],
    says: /^new\n$/,
  },
  {
    name: "tar",
    role: "reader",
    words: ({ at }) => ["tar", "latest", `${at}/source/new`, ...IDENTITY],
    says: /\/source\/new\0/,
  },
  {
    name: "restore",
    role: "reader",
    words: () => ["restore", "latest", "--to", "back", ...IDENTITY],
    says: /^Restored /,
    after: async ({ at }) => {
      await must("diff", ["-r", `${at}/source`, `${at}/back${at}/source`]);
      const restored = `${at}/back${at}/source/new`;
      const { text } = await must("getfattr", [
        "-n",
        "user.kind",
        "--only-values",
        "--absolute-names",
        restored,
      ]);
      assert.equal(text, "kept");
    },
  },
  {
    name: "drill",
    role: "reader",
    words: () => ["drill", "--report", "drill.asc", ...IDENTITY],
    says: /: ok: 2 of 2 snapshots, .*\nDrill of 1 host: 1 ok; /,
    after: async ({ at }) => void await Deno.stat(`${at}/drill.asc`),
  },
  {
    name: "pin",
    role: "reader",
    words: () => ["pin", "latest", "--label", "kept"],
    says: / copied /,
  },
  {
    name: "unpin",
    role: "reader",
    words: () => ["unpin", "2"], // every id begins with it
    says: /removed \d+ objects/,
  },
  {
    name: "expire",
    role: "reader",
    before: pinSigner,
    words: ({ host }) => ["expire", host, "--on-host"],
    says: /0 objects/,
    bucket: /bucket/,
  },
  {
    name: "cron",
    role: "host",
    words: ({ host }) => ["schedule", "--cron", "--host", host],
    says: / backup --config /,
    after: async (_, { text }) => {
      const { code, text: said, stderr } = await asCron(text);
      assert.deepEqual([code, said, stderr], [0, "", ""], "nothing is mailed");
    },
    program: true,
  },
  {
    name: "upload",
    role: "host",
    words: ({ host, bucket }) => ["upload", `${bucket}/more`, "source/new", "--host", host],
    says: /^Stored: .*source\/new: /,
    directory: /directory/,
  },
];

/** Sets the signer of the host in the config of its owner, if the store is a directory. */
async function pinSigner({ at, host }: Desk): Promise<void> {
  const receipts = `grep -rhoE '"fingerprint": "[0-9a-f]{40}"' store || true`;
  const [, signer] = /: ("\w+")/.exec((await must("sh", ["-c", `cd '${at}'; ${receipts}`])).text) ?? [];
  if (signer === undefined) return;
  const config = `${at}/fleet.config.ts`;
  const text = Deno.readTextFileSync(config);
  Deno.writeTextFileSync(config, text.replace(`"${host}":{`, `"${host}":{"signer":${signer},`));
}

/** What came of a step. */
export interface Outcome {
  readonly step: string;
  readonly refused: boolean;
  readonly seconds: number;
}

/** Takes a step. @throws if it does anything else than what is expected. */
export async function take(
  step: Step,
  desk: Desk,
  run: (words: readonly string[]) => Promise<Ran>,
  inDirectory: boolean,
): Promise<Outcome> {
  await step.before?.(desk);
  const config = ["--config", step.role === "host" ? "host.config.ts" : "fleet.config.ts"];
  const begin = performance.now();
  const ran = await run([...step.words(desk), ...config]);
  const seconds = (performance.now() - begin) / 1000;
  const said = `${step.name}: exit ${ran.code}\n${ran.text}${ran.stderr}`;
  const refusal = inDirectory ? step.directory : step.bucket;
  const refused = refusal !== undefined;
  if (refused) {
    assert.equal(ran.code, 2, said);
    assert.match(ran.stderr, refusal);
  } else {
    assert.equal(ran.code, step.code ?? 0, said);
    assert.match(ran.text, step.says, said);
    if (step.role === "host") {
      assert.doesNotMatch(ran.stderr, /sandbox/, "its permissions are narrowed to the config");
    }
    await step.after?.(desk, ran);
  }
  return { step: step.name, refused, seconds };
}
