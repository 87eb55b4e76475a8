/**
 * Example config: copy the parts that you need. `deno task init` creates a config with your own keys.
 *
 * Settings at the top level are defaults for every host; a host can override each key as a whole. Paths are relative to
 * this file. Do not write secrets here: name the file or variable that holds them.
 */
import { defineConfig } from "./mod.ts";

export default defineConfig({
  // Public keys to encrypt to. The fingerprint pins the key: no other key in the file is used.
  recipients: [{ file: "keys/backups.asc", fingerprint: "0123456789abcdef0123456789abcdef01234567" }],

  // {host} is replaced by the host's name. The default credentials are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY;
  // others: credentials: { env: "BACKUP" } or { file: "/etc/nightdrop/credentials" }.
  // Another server than Amazon's: endpoint: "https://s3.example.org". A directory: { kind: "directory", path: "…" }.
  store: { kind: "s3", bucket: "{host}-backups", region: "eu-central-1" },

  // Days that a snapshot can be restored. Unchanged files are re-sent every refreshDays (default: 30; 0: every backup is
  // full), and all objects are kept that much longer.
  retention: { days: 180 },

  // Defaults:
  // compression: { kind: "zstd", level: 3 }, // or "gzip", "none"
  // partSize: "16 MiB", // maximum size of a stored object
  // attributes: true, // extended attributes, ACLs and capabilities, read by the program getfattr
  // jobs: 4, // volumes made at the same time; default: the number of cores
  // state: "/var/lib/nightdrop", // state directory of a host: signing key, lock, catalog

  // bandwidth: "2 MiB", // maximum upload per second; default: no limit

  // Notifications. Keep secret URLs out of this file: { env: "PING_URL" } or { file: "/etc/nightdrop/ping.url" }.
  // notify: { ping: { env: "PING_URL" }, textfile: "/var/lib/prometheus/node-exporter/nightdrop.prom" },

  // On your own machine: URLs to notify after status, verify or drill of all hosts. They are never part of a kit.
  // owner: { notify: { status: { ping: { file: "ping-status" } }, drill: { ping: { file: "ping-drill" } } } },

  hosts: {
    "web1.example.org": { paths: ["/etc", "/var/backups"] },
    "db1.example.org": {
      paths: ["/etc", "/srv"],
      // A pattern without a slash matches names in any directory, one with a slash matches paths from the root.
      exclude: ["*.tmp", "/srv/cache"],
      // Skip directories with a file of this name, or with a CACHEDIR.TAG.
      excludeIfPresent: [".nobackup"],
      excludeCaches: true,
      // Skip other file systems that are mounted below, and larger files.
      oneFileSystem: true,
      maxFileSize: "20 GiB",
      retention: { days: 365 },
      // Back up the output of a command as a file of this name; it can run as another user.
      // dumps: [{ name: "postgres.sql", command: ["pg_dumpall"], user: "postgres" }],
      // Commands before and after each backup; also `after`, `failed`, and a `timeLimit` for each.
      // hooks: { before: ["systemctl", "stop", "app"], finally: ["systemctl", "start", "app"] },
      // Fingerprint of the host's signing key, which its first backup prints. Readers warn until it is set.
      signer: "89abcdef0123456789abcdef0123456789abcdef",
    },
  },
});
