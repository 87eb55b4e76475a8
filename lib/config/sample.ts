/** Values of {@link sampleConfig}. */
export interface SampleOptions {
  /** Name of the first host. */
  readonly host: string;
  /** Path of the public key, absolute or relative to the config file. */
  readonly recipientFile: string;
  /** Fingerprint of that key. */
  readonly fingerprint: string;
  /** Path of a directory store. Default: a bucket. */
  readonly store?: string | undefined;
  /** Paths to back up. Default: `["/etc"]`. */
  readonly paths?: readonly string[] | undefined;
  /** State directory. Default: not set, so that the default of the machine applies. */
  readonly state?: string | undefined;
  /** Module that the type of the config is imported from, such as `"nightdrop"`. Default: none. */
  readonly module?: string | undefined;
}

/** Returns the commented config that `init` and `quickstart` write. Long because it is one template. */
export function sampleConfig(options: SampleOptions): string {
  const { host, recipientFile, fingerprint, paths = ["/etc"], module } = options;
  const [before, after] = module === undefined
    ? ["", ""]
    : [`import type { Config } from ${quote(module)};\n\n`, " satisfies Config"];
  return `${before}\
// Settings at the top level are defaults for every host; a host can override each of them.
// Paths are relative to this file. Do not write secrets here: name the file or variable that holds them.
export default {
  // Public keys to encrypt to. The fingerprint pins the key: no other key in the file is used.
  recipients: [
    {
      file: ${quote(recipientFile)},
      fingerprint: ${quote(fingerprint)},
    },
  ],

${store(options.store)}

  // Days that a snapshot can be restored. Unchanged files are re-sent every refreshDays (default: 30; 0: every backup is
  // full), and all objects are kept that much longer. A bucket then removes them; for a directory, run expire.
  retention: { days: 180 },
${
    options.state === undefined ? "" : `
  // State directory of the host: its signing key, lock and catalog.
  state: ${quote(options.state)},
`
  }
  // URLs to notify after status, verify or drill of all hosts, on your own machine. They are never part of a kit.
  // owner: { notify: { status: { ping: { file: "ping-status" } }, drill: { ping: { file: "ping-drill" } } } },

  hosts: {
    ${quote(host)}: {
      paths: [${paths.map(quote).join(", ")}],
      // A pattern without a slash matches names in any directory, one with a slash matches paths from the root.
      // exclude: ["*.tmp", "/srv/cache"],
      // The index lists the SHA-256 of each file. Leave it out to save time on a slow processor:
      // checksums: false,
      // Commands whose output is backed up. Use them for databases: copies of their live files are not consistent.
      // dumps: [{ name: "postgres.sql", command: ["pg_dumpall"], user: "postgres", timeLimit: "2 h" }],
      // Variables for dumps and hooks, in addition to PATH, HOME, LANG and so on.
      // environment: { PGPASSFILE: "/etc/nightdrop/pgpass" },
      // Fingerprint of the host's signing key, which its first backup prints. Readers accept no other key. After a
      // rebuild of the host use a list: ["old", "new"].
      // signer: "…",
      // Snapshots with a known fork of the chain of receipts, as verify names them.
      // acknowledged: ["…"],
    },
  },
}${after};
`;
}

function store(path: string | undefined): string {
  if (path !== undefined) {
    return `  // A directory. For a bucket: { kind: "s3", bucket: "{host}-backups", region: "eu-central-1" }
  store: { kind: "directory", path: ${quote(path)} },`;
  }
  return `  // {host} is replaced by the host's name. Credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
  // For another server than Amazon's, add endpoint: "https://s3.example.org".
  // Do not set vault here: provision writes the identity of the bucket to the host's kit.
  store: { kind: "s3", bucket: "{host}-backups", region: "eu-central-1" },`;
}

/** Returns a string literal. JSON is a subset of JavaScript (ECMAScript 2019). */
function quote(text: string): string {
  return JSON.stringify(text);
}
