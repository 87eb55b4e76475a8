/** What {@link sampleConfig} fills in. */
export interface SampleOptions {
  /** Name of the host that the config begins with. */
  readonly host: string;
  /** The public key, absolute or relative to the config file. */
  readonly recipientFile: string;
  /** Fingerprint of that key. */
  readonly fingerprint: string;
  /** Directory of a directory store. Default: a bucket to be made. */
  readonly store?: string | undefined;
  /** What is backed up. Default: `["/etc"]`. */
  readonly paths?: readonly string[] | undefined;
  /** Directory of the host's own memory. Default: what the config leaves to the machine. */
  readonly state?: string | undefined;
  /** Where `defineConfig` is imported from: `"./mod.ts"` beside a clone. Default: it is not, a plain object does. */
  readonly module?: string | undefined;
}

/** The commented config that `init` and `quickstart` write. */
export function sampleConfig(options: SampleOptions): string {
  const { host, recipientFile, fingerprint, paths = ["/etc"], module } = options;
  const [open, close] = module === undefined ? ["", ""] : ["defineConfig(", ")"];
  return `${module === undefined ? "" : `import { defineConfig } from ${quote(module)};\n\n`}\
// What stands at the top is the default of every host; a host overrides any of it.
// Paths are relative to this file. Secrets are referred to, never written here.
export default ${open}{
  // Public keys to seal to. The fingerprint pins the key: no other in the file's place is ever used.
  recipients: [
    {
      file: ${quote(recipientFile)},
      fingerprint: ${quote(fingerprint)},
    },
  ],

${store(options.store)}

  // A snapshot stays restorable for at least so many days. What did not change is sent anew every refreshDays (30 unless
  // you say otherwise; 0: every backup is full), and everything is kept so much longer.
  retention: { days: 180 },
${
    options.state === undefined ? "" : `
  // The host's own memory: its signing key, its lock and the chain of its receipts.
  state: ${quote(options.state)},
`
  }
  hosts: {
    ${quote(host)}: {
      paths: [${paths.map(quote).join(", ")}],
      // Without a slash a pattern is a name anywhere, with one a path from the root.
      // exclude: ["*.tmp", "/srv/cache"],
      // Commands whose output is backed up; a file of a running database is no backup of it.
      // dumps: [{ name: "postgres.sql", command: ["pg_dumpall"], user: "postgres", timeLimit: "2 h" }],
      // Variables for them, and for hooks, beside PATH, HOME, LANG and the like.
      // environment: { PGPASSFILE: "/etc/nightdrop/pgpass" },
      // Pins the host's signing key: the fingerprint that its first backup prints. After the host was rebuilt, a list:
      // ["old", "new"]. Readers accept no other key.
      // signer: "…",
      // Snapshots at which the chain of receipts forks for a reason that you know, as verify names them.
      // acknowledged: ["…"],
    },
  },
}${close};
`;
}

function store(path: string | undefined): string {
  if (path !== undefined) {
    return `  // A directory. For a bucket: { kind: "s3", bucket: "{host}-backups", region: "eu-central-1" }
  store: { kind: "directory", path: ${quote(path)} },`;
  }
  return `  // {host} is the host's name. The credentials are those in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
  // Servers other than Amazon's: endpoint: "https://s3.example.org"
  // provision writes the identity of the bucket (vault) into the host's kit; it does not belong here.
  store: { kind: "s3", bucket: "{host}-backups", region: "eu-central-1" },`;
}

/** A literal that stays one, whatever the text: JSON is JavaScript (ECMAScript 2019). */
function quote(text: string): string {
  return JSON.stringify(text);
}
