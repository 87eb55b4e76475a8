import { NOTIFYING_COMMANDS } from "./notifying_commands.ts";

const HOOK =
  'write a program and its arguments as strings: ["systemctl", "stop", "app"] or ["sh", "-c", "…"]';
const URL_REMEDY = 'write "https://…", or where the URL is: { env: "PING_URL" } or { file: "…" }';
const VARIABLE = 'write the name of an environment variable, such as "PING_URL"';
const URL_FILE = "write the path of a file that holds the URL and that only its owner can read";

/** Remedy for a problem with each key of the config: the form that is expected. */
const REMEDY: Readonly<Record<string, string>> = {
  "recipients": 'write at least one public key: [{ file: "keys/backups.asc", fingerprint: "…" }]',
  "recipients.file": 'write the path of the public key, such as "keys/backups.asc"',
  "recipients.fingerprint":
    "write the whole fingerprint of the key: 40 or 64 hexadecimal digits, as `gpg --show-keys FILE` prints them",
  "signer":
    "write the whole fingerprint of the host's signing key, which its first backup prints, or a list of several, or leave it out",
  "acknowledged":
    'write ids of snapshots in full, as `nightdrop list` shows them, such as ["20261123T050000Z-0123456789abcdef"], or leave it out',
  "store":
    'write { kind: "s3", bucket: "{host}-backups", region: "eu-central-1" } or { kind: "directory", path: "…" }',
  "store.kind": 'write "s3" or "directory"',
  "store.path": 'write the path of a directory, such as "/mnt/backups"',
  "store.bucket": 'write the name of the bucket, such as "{host}-backups"',
  "store.region": 'write the region of the bucket, such as "eu-central-1"',
  "store.endpoint":
    'write the URL of the server, such as "https://s3.example.org", or leave it out for Amazon\'s',
  "store.prefix": 'write a directory in the bucket, such as "backups/web", or leave it out',
  "store.vault": "write the 32 hexadecimal digits that provision writes into the kit, or leave it out",
  "store.storageClass": 'write a storage class, such as "STANDARD_IA", or leave it out',
  "store.createOnly": "write true or false",
  "store.objectLock": 'write { mode: "governance" } or { mode: "compliance" }, or leave it out',
  "store.objectLock.mode": 'write "governance" (the owner can unlock) or "compliance" (no user can)',
  "store.credentials":
    'write { env: "AWS" } or { file: "…" }: where the credentials are, never the credentials',
  "store.credentials.env": 'write the prefix of the variable names: "AWS" for AWS_ACCESS_KEY_ID and so on',
  "store.credentials.file": "write the path of a file in the format of the AWS credentials file",
  "retention": "write how many days backups must be kept: { days: 180 }",
  "retention.days": "write a whole number of days, 1 to 36500",
  "retention.refreshDays": "write a whole number of days, 0 (every backup is full) to 36500, or leave it out",
  "paths": 'write a list of files and directories, such as ["/etc", "/srv"]',
  "exclude": 'write a list of patterns, such as ["*.tmp", "/srv/cache"]',
  "excludeIfPresent": 'write a list of file names, such as [".nobackup"]',
  "excludeCaches": "write true or false",
  "oneFileSystem": "write true or false",
  "maxFileSize": 'write a size, such as "2 GiB" or a whole number of bytes, or leave it out for no limit',
  "attributes": "write true or false",
  "checksums": "write true or false",
  "compression": 'write "zstd", "gzip", "none" or { kind: "zstd", level: 3 }',
  "compression.kind": 'write "zstd", "gzip" or "none"',
  "compression.level": "write a whole number, 1 (fast) to 19 (small)",
  "partSize": 'write a size from 64 KiB to 256 MiB, such as "16 MiB" or a whole number of bytes',
  "memory":
    'write a size of at least 64 MiB, such as "256 MiB", or leave it out for the memory of the machine',
  "jobs": "write a whole number, 1 to 64, or leave it out for the number of cores",
  "bandwidth": 'write a limit per second, at least 64 KiB, such as "2 MiB", or leave it out for no limit',
  "dumps": 'write commands by name: [{ name: "postgres.sql", command: ["pg_dumpall"], user: "postgres" }]',
  "dumps.name": 'write the name of a file, such as "postgres.sql"',
  "dumps.command": HOOK.replace('["systemctl", "stop", "app"]', '["pg_dumpall"]'),
  "dumps.user": 'write the name of a user of the host, such as "postgres", or leave it out',
  "dumps.timeLimit": 'write a duration, such as "30 min" or "6 h", 24 d at most, or leave it out',
  "environment":
    'write variables for dumps and hooks: { PGPASSFILE: "/etc/nightdrop/pgpass", PGPASSWORD: { env: "PGPASSWORD" } }',
  "hooks": 'write commands by name: { before: ["…"], after: […], failed: […], finally: […] }',
  "hooks.before": HOOK,
  "hooks.after": HOOK,
  "hooks.failed": HOOK,
  "hooks.finally": HOOK,
  "hooks.timeLimit": 'write a duration, such as "10 min" or "2 h", 24 d at most, or leave it out',
  "notify": 'write what to notify: { ping: { env: "PING_URL" }, webhook: "https://…", textfile: "/….prom" }',
  "notify.ping": URL_REMEDY,
  "notify.ping.env": VARIABLE,
  "notify.ping.file": URL_FILE,
  "notify.webhook": URL_REMEDY,
  "notify.webhook.env": VARIABLE,
  "notify.webhook.file": URL_FILE,
  "notify.textfile": 'write the path of a file, such as "/var/lib/prometheus/node-exporter/nightdrop.prom"',
  "owner": 'write whom to notify of status, verify and drill: { notify: { status: { ping: "https://…" } } }',
  "owner.notify":
    'write whom to notify by command: { status: { ping: "https://…" }, verify: { webhook: "https://…" } }',
  ...Object.fromEntries(NOTIFYING_COMMANDS.flatMap((command) => [
    [`owner.notify.${command}`, 'write what to notify: { ping: { env: "PING_URL" }, webhook: "https://…" }'],
    ...["ping", "webhook"].flatMap((what) => [
      [`owner.notify.${command}.${what}`, URL_REMEDY],
      [`owner.notify.${command}.${what}.env`, VARIABLE],
      [`owner.notify.${command}.${what}.file`, URL_FILE],
    ]),
  ])),
  "expect": 'write how often a complete snapshot is due: { every: "1 d" }',
  "expect.every": 'write a duration, such as "12 h" or "1 d", 366 d at most, or leave it out',
  "alerts":
    "write thresholds by rule, or false to disable a rule: { duration: false, age: { warning: 1.5 } }",
  "alerts.age": "write { warning: 1.25, critical: 2 }, or false to disable this rule",
  "alerts.age.warning": "write a number, from 0",
  "alerts.age.critical": "write a number, from 0",
  "alerts.incomplete": "write { warning: 1, critical: 3 }, or false to disable this rule",
  "alerts.incomplete.warning": "write a number, from 0",
  "alerts.incomplete.critical": "write a number, from 0",
  "alerts.entries": "write { warning: 0.7, critical: 0.5 }, or false to disable this rule",
  "alerts.entries.warning": "write a number, from 0",
  "alerts.entries.critical": "write a number, from 0",
  "alerts.bytes": "write { warning: 0.7, critical: 0.5 }, or false to disable this rule",
  "alerts.bytes.warning": "write a number, from 0",
  "alerts.bytes.critical": "write a number, from 0",
  "alerts.churn": "write { times: 5, share: 0.2, sealed: 0.95, above: 0.25 }, or false to disable this rule",
  "alerts.churn.times": "write a number, from 0",
  "alerts.churn.share": "write a number, from 0",
  "alerts.churn.sealed": "write a number, from 0",
  "alerts.churn.above": "write a number, from 0",
  "alerts.duration": "write { warning: 3 }, or false to disable this rule",
  "alerts.duration.warning": "write a number, from 0",
  "alerts.recipient": "write { warning: 30 }, or false to disable this rule",
  "alerts.recipient.warning": "write a number of days",
  "alerts.sealedTo": "write true or false",
  "alerts.signer": "write true or false",
  "drill":
    'write what a drill restores and checks: { always: ["/etc/hostname"], files: 20, bytes: "200 MiB", dumps: {…} }',
  "drill.always": 'write a list of paths that every snapshot must have, such as ["/etc/hostname"]',
  "drill.files": "write a whole number, 0 to 10000",
  "drill.bytes": 'write a size, such as "200 MiB" or a whole number of bytes',
  "drill.dumps":
    'write checks by the name of the dump: { "app.sql": { load: […], check: […], expect: ">0" } }',
  "drill.dumps.*": 'write { load: […], check: […], expect: ">0" }, with "load", "check" or both',
  "drill.dumps.*.load": 'write the program that loads the dump: ["sqlite3", "-safe", "{directory}/app.db"]',
  "drill.dumps.*.check":
    'write a program that prints the result: ["sqlite3", "{directory}/app.db", "SELECT …"]',
  "drill.dumps.*.expect": 'write a comparison such as ">0" or ">= 1000", or the exact text, or leave it out',
  "drill.dumps.*.timeLimit": 'write a duration, such as "10 min" or "2 h", 24 d at most, or leave it out',
  "mirrors":
    'write stores by name: { second: { store: { kind: "directory", path: "/mnt/mirror" } } }, or leave it out',
  "mirrors.signer": "write the fingerprint that `mirror` prints, or a list of several, or leave it out",
  "mirrors.putCredentials": 'write { env: "MIRROR" } or { file: "…" }, or leave it out',
  "pins": 'write { store: { kind: "directory", path: "/mnt/pins" } }, or leave it out',
  "pins.putCredentials": 'write { env: "PINS" } or { file: "…" }, or leave it out',
  "state": "write the path of a directory, or leave it out",
  "hosts": 'write at least one host: { "web1.example.org": { paths: ["/etc", "/srv"] } }',
};

/** Returns the remedy for the key at `path`. List indexes and names in the path are ignored. */
export function remedy(path: readonly (string | number)[]): string {
  const steps = path.filter((step) => typeof step === "string");
  const [top] = steps;
  if (top === "drill" && steps[1] === "dumps" && steps.length > 2) steps[2] = "*"; // the name of a dump
  if (top === "mirrors") steps.splice(1, 1); // the name of a mirror
  const isCopy = top === "mirrors" || top === "pins";
  const key = (isCopy && steps[1] === "store" ? steps.slice(1) : steps).join(".");
  return REMEDY[key] ?? "see the example config";
}
