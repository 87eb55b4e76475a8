/**
 * The hosts of a config as nightdrop uses them: every default filled in, every path absolute.
 *
 * @module
 */
import type { Compression } from "../model/compression.ts";
import type { Secret } from "../model/secret.ts";
import type { Selection } from "../model/selection.ts";
import type { Alerts, Expect } from "./alerts.ts";
import type { Command, ObjectLock, ProgramEnvironment } from "./settings.ts";

/**
 * The config as people write it ({@link Config}) and as the verbs use it ({@link Host}). The config is code, so
 * these types help an editor and promise nothing: `parseConfig` judges the value.
 */

/** A size: bytes, or a text such as `"16 MiB"`. */
export type Size = number | `${number}${"" | " "}${"KiB" | "MiB" | "GiB" | "TiB"}`;

/** A length of time, such as `"90 min"`: seconds, minutes, hours or days. */
export type Duration = `${number}${"" | " "}${"s" | "min" | "m" | "h" | "d"}`;

/** A program and its arguments. No shell reads them: where one is wanted, it is `["sh", "-c", "…"]`. */
export type Command = readonly [string, ...string[]];

/** What can be said of every host: at the top of the config as a default, in a host's entry for that host. */
export interface Settings {
  /**
   * The public keys to seal to; whoever holds one of their private keys can restore. At least one.
   *
   * @example
   * [{ file: "keys/backups.asc", fingerprint: "0123456789abcdef0123456789abcdef01234567" }]
   */
  readonly recipients?: readonly RecipientConfig[];
  /**
   * Fingerprint of the host's signing key, or a list: a host that is rebuilt makes a new key, and its older snapshots
   * are signed by the old one. Readers accept no other key. While it is missing, they say "not pinned".
   */
  readonly signer?: string | readonly string[];
  /**
   * Snapshots at which the chain of receipts forks, and the owner knows why: the host's state directory was put back
   * from an older copy, or the machine was cloned. `verify` names them. Nothing else about them is acknowledged: not a
   * missing snapshot, another signing key or a further fork. Default: none.
   *
   * @example
   * ["20261123T050000Z-0123456789abcdef"]
   */
  readonly acknowledged?: readonly string[];
  /** Store for backups. */
  readonly store?: StoreConfig;
  /** How long backups are kept. */
  readonly retention?: RetentionConfig;
  /** What is backed up: files and directories, these with all that is below. */
  readonly paths?: readonly string[];
  /**
   * Patterns of what is left out, with `*`, `?`, `[…]` and `**`. Without a slash a pattern is a name anywhere
   * (`"*.tmp"`); with one it is a path from the root (`"/srv/cache"`). Default: none.
   */
  readonly exclude?: readonly string[];
  /** Names of marker files: a directory that holds one is left out, such as `[".nobackup"]`. Default: none. */
  readonly excludeIfPresent?: readonly string[];
  /**
   * Leaves out directories marked by a `CACHEDIR.TAG` (https://bford.info/cachedir/). Default: false, because what
   * nobody asked to leave out belongs in a backup.
   */
  readonly excludeCaches?: boolean;
  /** Stays on the file systems of the declared `paths`. Default: false. */
  readonly oneFileSystem?: boolean;
  /** Leaves out files that are larger. Holes count: it is the size that `ls -l` shows. Default: no limit. */
  readonly maxFileSize?: Size;
  /**
   * Whether extended attributes, ACLs and file capabilities are stored. They are read by the program `getfattr`, which a
   * backup is then allowed to start. Default: true.
   */
  readonly attributes?: boolean;
  /** What is done before encryption. Default: zstd at level 3. */
  readonly compression?: CompressionConfig;
  /** The most that one stored object holds: 64 KiB to 256 MiB. Default: 16 MiB. */
  readonly partSize?: Size;
  /** How many volumes are made, or read, at the same time: 1 to 64. Default: one for each core. */
  readonly jobs?: number;
  /** The most that goes to the store in a second, such as `"2 MiB"`. Default: no limit. */
  readonly bandwidth?: Size;
  /**
   * Commands whose standard output is backed up, one after the other, before the paths. Default: none.
   *
   * @example
   * [{ name: "postgres.sql", command: ["pg_dumpall"], user: "postgres" }]
   */
  readonly dumps?: readonly DumpConfig[];
  /** Commands around each backup. Default: none. */
  readonly hooks?: HooksConfig;
  /** Variables that dumps and hooks get beside the usual ones: `{ PGPASSFILE: "/etc/nightdrop/pgpass" }`. */
  readonly environment?: ProgramEnvironment;
  /** Who is told how each backup went. Default: nobody but whoever reads its output. */
  readonly notify?: NotifyConfig;
  /** When `status` takes a host for late. Default: by what is usual for it. */
  readonly expect?: ExpectConfig;
  /** From when `status` reports something. Default: see `docs/STATUS.md`. */
  readonly alerts?: AlertsConfig;
  /**
   * The host's directory for its catalog, lock and signing key. Default: `/var/lib/nightdrop` as root, else
   * `nightdrop` in the user's state directory.
   */
  readonly state?: string;
}

/**
 * The whole config. Settings at the top are defaults for every host, and a host overrides any of them, each as a
 * whole. Paths are relative to the directory of the config file.
 */
export interface Config extends Settings {
  /** The hosts by name, as `hostname` prints it, in lower case. */
  readonly hosts: Readonly<Record<string, HostConfig>>;
}

/** One host. Whatever is missing here comes from the top of the config. */
export type HostConfig = Settings;

/** A public key to seal to. */
export interface RecipientConfig {
  /** The file of the public key, armored or binary. */
  readonly file: string;
  /**
   * The whole fingerprint, 40 or 64 hexadecimal digits, which pins the key in `file`. Spaces, colons and case do
   * not matter.
   */
  readonly fingerprint: string;
}

/** How long backups are kept. */
export interface RetentionConfig {
  /** A snapshot stays restorable for at least so many days. */
  readonly days: number;
  /**
   * What did not change is not sent again for so many days, and objects are kept for so many days longer: whatever a
   * snapshot shares with older ones must outlive it. With 0 every backup is full. Default: 30.
   */
  readonly refreshDays?: number;
}

/** A command whose standard output is backed up. Only what a command gave that ended with exit code 0 is a dump. */
export interface DumpConfig {
  /** Name of the file that it is restored to, in the directory `nightdrop-dumps`. */
  readonly name: string;
  /** What is run. */
  readonly command: Command;
  /** Who runs it, a user of this machine; another than the one who runs the backup needs root. Default: that one. */
  readonly user?: string;
  /** How long it may take before it and all that it started is ended. Default: 12 h. */
  readonly timeLimit?: Duration;
}

/**
 * Variables for dumps and hooks beside `PATH`, `HOME`, `USER`, `LOGNAME`, `TMPDIR`, `TZ`, `LANG` and `LC_*`, which is all of
 * the environment that they get: a value, or the name of the variable of this process that holds it.
 */
export type ProgramEnvironment = Readonly<Record<string, string | { readonly env: string }>>;

/**
 * Commands around each backup, run by the user that runs it. What the run knows is in their environment: see
 * `docs/OPERATING.md`.
 */
export interface HooksConfig {
  /** Before anything is read. When it fails, nothing is stored and the run has failed. */
  readonly before?: Command;
  /** When a snapshot was stored, complete or not. */
  readonly after?: Command;
  /** When none was. */
  readonly failed?: Command;
  /** At the very end, in either case. */
  readonly finally?: Command;
  /** How long each may take before it is ended. Default: 1 h. */
  readonly timeLimit?: Duration;
}

/** Who is told how each backup went. No message holds anything out of a file, nor the name of one that was read. */
export interface NotifyConfig {
  /** Is asked for at the start (`URL/start`), when a backup is complete (`URL`), and else (`URL/fail`). */
  readonly ping?: UrlConfig;
  /** Gets a JSON object at the start and at the end. */
  readonly webhook?: UrlConfig;
  /** A file for the textfile collector of Prometheus' node exporter; its name ends in `.prom`. */
  readonly textfile?: string;
}

/** An http or https URL, or, since such URLs are often secrets, where it is found: a variable, or a private file. */
export type UrlConfig = string | { readonly env: string } | { readonly file: string };

/** How volumes are compressed; a zstd level is 1 (fast) to 19 (small), 3 where none is given. */
export type CompressionConfig =
  | "zstd"
  | "gzip"
  | "none"
  | { readonly kind: "zstd"; readonly level?: number }
  | { readonly kind: "gzip" }
  | { readonly kind: "none" };

/** Where backups go. `{host}` stands for the host's name in `path`, `bucket` and `prefix`. */
export type StoreConfig = DirectoryConfig | S3Config;

/** A directory, such as a mounted disk. */
export interface DirectoryConfig {
  /** Tells a directory from a bucket. */
  readonly kind: "directory";
  /** Where it is; made at the first backup. */
  readonly path: string;
}

/** A bucket of Amazon S3 or of any server that speaks its protocol (Ceph, MinIO, Garage, B2, …). */
export interface S3Config {
  /** Tells a bucket from a directory. */
  readonly kind: "s3";
  /** Such as `"{host}-backups"`. */
  readonly bucket: string;
  /** Such as `"eu-central-1"`; for other servers whatever they are set up with. */
  readonly region: string;
  /** URL of a server other than Amazon's: `"https://s3.example.org"`. */
  readonly endpoint?: string;
  /** Directory in the bucket that everything is stored below, such as `"backups/web"`. Default: none. */
  readonly prefix?: string;
  /**
   * Identity of a bucket that `provision` created: it writes it into the kit's config. A host builds its backups on what
   * it sent to the bucket with this identity only, so a bucket that was created again gets a full backup. Default: none.
   */
  readonly vault?: string;
  /** Such as `"STANDARD_IA"`. Default: the provider's. */
  readonly storageClass?: string;
  /**
   * Has `provision` make the bucket with Object Lock: nobody can delete what was stored before its expiry. What
   * was locked in "governance" mode the bucket's owner can still unlock, in "compliance" mode nobody can. The lock
   * lasts as long as the retention. Default: none.
   */
  readonly objectLock?: ObjectLock;
  /** Where the credentials are found, never what they are. Default: `{ env: "AWS" }`. */
  readonly credentials?: CredentialsConfig;
}

/** A bucket's Object Lock. */
export interface ObjectLock {
  /** Who can take it off: the owner with a special right, or nobody. */
  readonly mode: "governance" | "compliance";
}

/**
 * A reference to credentials: the environment variables `PREFIX_ACCESS_KEY_ID`, `PREFIX_SECRET_ACCESS_KEY` and
 * `PREFIX_SESSION_TOKEN`, or a file in the form of the AWS credentials file that only its owner can read.
 */
export type CredentialsConfig = { readonly env: string } | { readonly file: string };

/** Host with every default filled in and every path absolute. */
export interface Host {
  /** Name of the host in the config. */
  readonly name: string;
  /** Public keys to encrypt to. */
  readonly recipients: readonly Recipient[];
  /** Fingerprints of its signing keys, in lower case; empty if no signer is pinned. */
  readonly signers: readonly string[];
  /** Ids of snapshots with an acknowledged fork of the chain of receipts. */
  readonly acknowledged: readonly string[];
  /** Store for its backups. */
  readonly store: Store;
  /** Minimum number of days that snapshots can be restored, and days after which unchanged files are re-sent. */
  readonly retention: { readonly days: number; readonly refreshDays: number };
  /** Paths to back up, and exclusions. */
  readonly selection: Selection;
  /** Whether extended attributes, ACLs and capabilities are stored. */
  readonly attributes: boolean;
  /** Compression of volumes. */
  readonly compression: Compression;
  /** Maximum size of a stored object in bytes. */
  readonly partSize: number;
  /** Number of volumes at the same time; undefined for the number of cores of the machine. */
  readonly jobs: number | undefined;
  /** Maximum upload in bytes per second; undefined for no limit. */
  readonly bandwidth: number | undefined;
  /** Commands whose standard output is backed up. */
  readonly dumps: readonly Dump[];
  /** Commands that run before and after each backup. */
  readonly hooks: Hooks;
  /** Additional environment variables of dumps and hooks. */
  readonly environment: ProgramEnvironment;
  /** Notifications about each backup. */
  readonly notify: Notify;
  /** When `status` reports the host as late. */
  readonly expect: Expect;
  /** Thresholds of the alerts of `status`. */
  readonly alerts: Alerts;
  /** Absolute path of the state directory. */
  readonly state: string;
}

/** Command whose standard output is backed up. */
export interface Dump {
  /** Name of the file that the output is restored to. */
  readonly name: string;
  /** Program and arguments. */
  readonly command: Command;
  /** Local user that runs it; undefined for the user of the backup. */
  readonly user: string | undefined;
  /** Time limit in milliseconds. */
  readonly timeLimit: number;
}

/** Commands that run before and after each backup. */
export interface Hooks {
  /** Runs before anything is read. */
  readonly before: Command | undefined;
  /** Runs after a snapshot was stored. */
  readonly after: Command | undefined;
  /** Runs if no snapshot was stored. */
  readonly failed: Command | undefined;
  /** Runs last, in both cases. */
  readonly finally: Command | undefined;
  /** Time limit of each command in milliseconds. */
  readonly timeLimit: number;
}

/** Notifications about each backup. */
export interface Notify {
  /** URL requested for each state of a run; undefined for none. */
  readonly ping: UrlReference | undefined;
  /** URL that a JSON object is posted to; undefined for none. */
  readonly webhook: UrlReference | undefined;
  /** Absolute path of the Prometheus file; undefined for none. */
  readonly textfile: string | undefined;
}

/** URL, which may be secret, or its location: an environment variable, or the absolute path of a private file. */
export type UrlReference = { readonly url: Secret } | { readonly env: string } | { readonly file: string };

/** Public key to encrypt to. */
export interface Recipient {
  /** Absolute path of the public key, armored or binary. */
  readonly file: string;
  /** Fingerprint that pins the key: 40 or 64 hexadecimal digits in lower case. */
  readonly fingerprint: string;
}

/** Store for backups. */
export type Store = DirectoryStore | S3Store;

/** Directory as a store. */
export interface DirectoryStore {
  /** Kind of the store. */
  readonly kind: "directory";
  /** Absolute path of the directory. */
  readonly path: string;
}

/** Bucket as a store. */
export interface S3Store {
  /** Kind of the store. */
  readonly kind: "s3";
  /** Name of the bucket. */
  readonly bucket: string;
  /** Region of the bucket. */
  readonly region: string;
  /** URL of the server; undefined for Amazon's. */
  readonly endpoint: string | undefined;
  /** Prefix of all object names, without slashes at its ends; empty for none. */
  readonly prefix: string;
  /** Identity of a provisioned bucket; undefined for none. */
  readonly vault: string | undefined;
  /** Storage class of the objects; undefined for that of the provider. */
  readonly storageClass: string | undefined;
  /** Object Lock that `provision` sets; undefined for none. */
  readonly objectLock: ObjectLock | undefined;
  /** Location of the credentials. */
  readonly credentials: CredentialsReference;
}

/** Location of credentials: the prefix of environment variables, or the absolute path of a file. */
export type CredentialsReference = { readonly env: string } | { readonly file: string };
