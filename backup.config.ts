/**
 * An example of a config: copy what you need. `deno task init` writes one with keys of your own.
 *
 * What stands at the top is the default of every host; a host overrides any of it, each key as a whole. Paths are
 * relative to this file. Secrets are referred to, never written here.
 */
import { defineConfig } from "./mod.ts";

export default defineConfig({
  // Public keys to seal to. The fingerprint pins the key: no other in the file's place is ever used.
  recipients: [{ file: "keys/backups.asc", fingerprint: "0123456789abcdef0123456789abcdef01234567" }],

  // {host} is replaced by the host's name. The credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
  // unless said otherwise: credentials: { env: "BACKUP" } or { file: "/etc/nightdrop/credentials" }.
  // Servers other than Amazon's: endpoint: "https://s3.example.org". A directory: { kind: "directory", path: "…" }.
  store: { kind: "s3", bucket: "{host}-backups", region: "eu-central-1" },

  // A snapshot stays restorable for at least so many days. What did not change is not sent again for refreshDays (30
  // unless you say otherwise; 0: every backup is full), and everything is kept so much longer.
  retention: { days: 180 },

  // Left as they are, these need not be written:
  // compression: { kind: "zstd", level: 3 }, // or "gzip", "none"
  // partSize: "16 MiB", // the most that one stored object holds
  // jobs: 4, // volumes that are made at the same time; the number of cores
  // state: "/var/lib/nightdrop", // a host's own memory: signing key, lock, chain of receipts

  // bandwidth: "2 MiB", // the most that goes to the store in a second

  // Who is told. A URL that is a secret stays out of here: { env: "PING_URL" } or { file: "/etc/nightdrop/ping.url" }.
  // notify: { ping: { env: "PING_URL" }, textfile: "/var/lib/prometheus/node-exporter/nightdrop.prom" },

  hosts: {
    "web1.example.org": { paths: ["/etc", "/var/backups"] },
    "db1.example.org": {
      paths: ["/etc", "/srv"],
      // Without a slash a pattern is a name anywhere, with one a path from the root.
      exclude: ["*.tmp", "/srv/cache"],
      // Directories that hold a file of such a name, or a CACHEDIR.TAG, are left out.
      excludeIfPresent: [".nobackup"],
      excludeCaches: true,
      // Nothing on other file systems that are mounted below, and no file that is larger.
      oneFileSystem: true,
      maxFileSize: "20 GiB",
      retention: { days: 365 },
      // What a command gives is backed up too, in a file of that name; it may be run as another user.
      // dumps: [{ name: "postgres.sql", command: ["pg_dumpall"], user: "postgres" }],
      // Commands around each backup; also `after`, `failed`, and `timeLimit` for each of them.
      // hooks: { before: ["systemctl", "stop", "app"], finally: ["systemctl", "start", "app"] },
      // The host's signing key: its first backup prints the fingerprint. Until it is pinned, readers say so.
      signer: "89abcdef0123456789abcdef0123456789abcdef",
    },
  },
});
