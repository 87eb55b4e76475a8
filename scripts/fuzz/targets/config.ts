import { parseConfig } from "../../../lib/config/parse.ts";
import { Misuse } from "../../../lib/model/failure.ts";
import { changedValue } from "../mutate.ts";
import { bytesOf, demand, type Target, textOf } from "../target.ts";

const CONTEXT = { directory: "/srv/backup", stateDirectory: "/var/lib/nightdrop" };
const RECIPIENTS = [{ file: "keys/backups.asc", fingerprint: "0123456789abcdef0123456789abcdef01234567" }];

const CONFIGS: readonly unknown[] = [
  {
    recipients: RECIPIENTS,
    store: { kind: "directory", path: "/mnt/backups" },
    retention: { days: 180 },
    hosts: { "web1.example.org": { paths: ["/etc"], exclude: ["*.tmp", "/srv/**/cache"] } },
  },
  {
    recipients: RECIPIENTS,
    store: {
      kind: "s3",
      bucket: "{host}-backups",
      region: "eu-central-1",
      endpoint: "https://s3.example.org",
    },
    retention: { days: 30, refreshDays: 5 },
    compression: { kind: "zstd", level: 9 },
    partSize: "64 MiB",
    bandwidth: "10 MiB",
    hosts: {
      db1: { paths: ["/var"], dumps: [{ name: "app.sql", command: ["pg_dump", "app"], user: "postgres" }] },
      "web1.example.org": { paths: ["/"], oneFileSystem: true, jobs: 4, signer: "a".repeat(40) },
    },
  },
];

/** Values of a config, as JSON. Whatever they are, there is a config or a list of what is wrong. */
export const CONFIG: Target = {
  name: "config",
  samples: () => CONFIGS.map((value) => bytesOf(JSON.stringify(value))),
  words: [
    "{host}",
    "/etc",
    '"*"',
    "64 MiB",
    "null",
    '"hosts":',
    '"days":',
    "{}",
    "[]",
    "\\u0000",
    '"__proto__":{},',
  ],
  make: (sample, dice) => {
    try {
      return bytesOf(
        JSON.stringify(changedValue(changedValue(JSON.parse(textOf(sample)), dice), dice)) ?? "",
      );
    } catch {
      return sample;
    }
  },
  run(input): void {
    const value = JSON.parse(textOf(input));
    const hosts = parseConfig(value, CONTEXT);
    demand(hosts.size > 0, "a config has no host");
    demand(({} as { x?: unknown }).x === undefined, "a prototype has changed");
  },
  refuses: (error) => error instanceof Misuse || error instanceof SyntaxError,
};
