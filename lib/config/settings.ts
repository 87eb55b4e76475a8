/**
 * The config as users write it. The config is code, so these types help editors and guarantee nothing: `parseConfig` checks
 * the value and converts it to hosts (`types.ts`).
 *
 * @module
 */
import type { AlertsConfig, ExpectConfig } from "./alerts.ts";
import type { NotifyConfig, UrlConfig } from "./notify_settings.ts";
import type { CopyConfig, MirrorConfig, StoreConfig } from "./store_settings.ts";

/** Size: a number of bytes, or a string such as `"16 MiB"` or `"0.5 GiB"`. */
export type Size = number | `${number}${"" | " "}${"KiB" | "MiB" | "GiB" | "TiB"}`;

/** Duration in seconds, minutes, hours or days, such as `"90 min"` or `"1.5h"`. */
export type Duration = `${number}${"" | " "}${"s" | "min" | "m" | "h" | "d"}`;

/** Program and its arguments. They are run without a shell; for a shell write `["sh", "-c", "…"]`. */
export type Command = readonly [string, ...string[]];

/** Settings of a host. At the top level of the config they are the defaults of all hosts. */
export interface Settings {
  /**
   * Public keys to encrypt to, 1 to 100. Each of their private keys can decrypt the backups. Required.
   *
   * @example [{ file: "keys/backups.asc", fingerprint: "0123456789abcdef0123456789abcdef01234567" }]
   */
  readonly recipients?: readonly RecipientConfig[];
  /**
   * Fingerprint of the host's signing key, or a list of up to 100: a host that is rebuilt creates a new key, and its older
   * snapshots are signed by the old one. Readers accept no other key. Without this setting they warn that the signer is not
   * pinned.
   */
  readonly signer?: string | readonly string[];
  /**
   * Ids of snapshots with a fork of the chain of receipts that the owner knows about: the state directory was restored from
   * an older copy, or the machine was cloned. `verify` names them. This accepts only these forks, not missing snapshots,
   * other signing keys or further forks. Default: none.
   *
   * @example ["20261123T050000Z-0123456789abcdef"]
   */
  readonly acknowledged?: readonly string[];
  /** Store for the backups. Required. */
  readonly store?: StoreConfig;
  /** Days for which backups are kept. Required. */
  readonly retention?: RetentionConfig;
  /** Files and directories to back up. A directory includes everything below it. Required. */
  readonly paths?: readonly string[];
  /**
   * Exclude patterns, with `*`, `?`, `[…]` and `**`. A pattern without a slash matches names in any directory (`"*.tmp"`);
   * one with a slash matches paths from the root (`"/srv/cache"`). Default: none.
   */
  readonly exclude?: readonly string[];
  /** Names of marker files, such as `[".nobackup"]`. A directory with such a file is skipped. Default: none. */
  readonly excludeIfPresent?: readonly string[];
  /**
   * Whether directories with a `CACHEDIR.TAG` are skipped (https://bford.info/cachedir/). Default: false, because a backup
   * contains everything that is not excluded explicitly.
   */
  readonly excludeCaches?: boolean;
  /** Whether other file systems mounted below `paths` are skipped. Default: false. */
  readonly oneFileSystem?: boolean;
  /** Maximum size of a file, as `ls -l` prints it: holes count. Larger files are skipped. Default: no limit. */
  readonly maxFileSize?: Size;
  /**
   * Whether extended attributes, ACLs and file capabilities are stored. The program `getfattr` reads them, and the sandbox
   * then allows a backup to run it. Default: true.
   */
  readonly attributes?: boolean;
  /**
   * Whether the encrypted index lists the SHA-256 of each file, computed while the file is read. `verify --deep` and
   * `restore` compare the content with it. Default: true.
   */
  readonly checksums?: boolean;
  /** Compression before encryption. Default: zstd at level 3. */
  readonly compression?: CompressionConfig;
  /** Maximum size of a stored object, 64 KiB to 256 MiB. Default: 16 MiB, with less than 1 GiB of memory 4 MiB. */
  readonly partSize?: Size;
  /** Number of volumes that are created at the same time, 1 to 64. Default: the cores, with less than 1 GiB of memory 1. */
  readonly jobs?: number;
  /** Memory that decides on these defaults, at least 64 MiB. Default: that of the machine, or the limit of its cgroup. */
  readonly memory?: Size;
  /** Maximum upload per second, at least 64 KiB, such as `"2 MiB"`. Default: no limit. */
  readonly bandwidth?: Size;
  /**
   * Commands whose standard output is backed up. They run one after the other, before the paths are read. Default: none.
   *
   * @example [{ name: "postgres.sql", command: ["pg_dumpall"], user: "postgres" }]
   */
  readonly dumps?: readonly DumpConfig[];
  /** Commands that run before and after each backup. Default: none. */
  readonly hooks?: HooksConfig;
  /** Additional environment variables of dumps and hooks, such as `{ PGPASSFILE: "/etc/nightdrop/pgpass" }`. */
  readonly environment?: ProgramEnvironment;
  /** Notifications about each backup. Default: none. */
  readonly notify?: NotifyConfig;
  /** Interval after which `status` reports the host as late. Default: derived from the usual interval of its snapshots. */
  readonly expect?: ExpectConfig;
  /** Thresholds of the alerts of `status`. Default: see `docs/STATUS.md`. */
  readonly alerts?: AlertsConfig;
  /**
   * Entries that `drill` restores, and checks of dumps. Default: 20 random entries, at most 200 MiB. See `docs/DRILLS.md`.
   */
  readonly drill?: DrillConfig;
  /**
   * Stores that the owner copies the snapshots to, with `mirror`, by name. Readers take from them what the store lacks.
   * Default: none.
   */
  readonly mirrors?: Readonly<Record<string, MirrorConfig>>;
  /** Store without an expiry for snapshots that the owner keeps for longer, with `pin`. Default: none. */
  readonly pins?: CopyConfig;
  /**
   * State directory of the host, with its catalog, lock and signing key. Default: `/var/lib/nightdrop` for root, else
   * `nightdrop` in the user's state directory (`$XDG_STATE_HOME` or `~/.local/state`). `$NIGHTDROP_STATE` replaces it.
   */
  readonly state?: string;
}

/**
 * Config. Settings at the top level are defaults for every host; a host can override each setting as a whole. Paths are
 * relative to the directory of the config file.
 */
export interface Config extends Settings {
  /** Hosts by name, as `hostname` prints it, in lower case. At least one. */
  readonly hosts: Readonly<Record<string, HostConfig>>;
  /** Settings of the owner's machine. They are never part of a host's kit. Default: none. */
  readonly owner?: OwnerConfig;
}

/** Settings of the owner's machine. */
export interface OwnerConfig {
  /** Notifications about the fleet, by command. */
  readonly notify?: {
    /** Notifications after each `status`. */
    readonly status?: OwnerNotifyConfig;
    /** Notifications after each `verify`. */
    readonly verify?: OwnerNotifyConfig;
    /** Notifications after each `drill`. */
    readonly drill?: OwnerNotifyConfig;
  };
}

/** URLs to notify after a command on the owner's machine. */
export interface OwnerNotifyConfig {
  /** URL requested after a run: `URL` if nothing was found, otherwise `URL/fail`. */
  readonly ping?: UrlConfig;
  /** URL that a JSON object with the findings is posted to: see `docs/EVENTS.md`. */
  readonly webhook?: UrlConfig;
}

/** Settings of one host. Missing settings are taken from the top level of the config. */
export type HostConfig = Settings;

/** Public key to encrypt to. */
export interface RecipientConfig {
  /** Path of the public key, armored or binary. */
  readonly file: string;
  /**
   * Full fingerprint that pins the key in `file`: 40 or 64 hexadecimal digits. Spaces, colons and case are ignored.
   */
  readonly fingerprint: string;
}

/** Days for which backups are kept. */
export interface RetentionConfig {
  /** Minimum number of days that a snapshot can be restored, 1 to 36,500. */
  readonly days: number;
  /**
   * Days after which unchanged files are re-sent, 0 to 36,500. Objects are kept that much longer than `days`, because newer
   * snapshots refer to them. With 0 every backup is full. Default: 30.
   */
  readonly refreshDays?: number;
}

/** Command whose standard output is backed up. It must exit with 0, or the dump is not stored. */
export interface DumpConfig {
  /** Name of the file that the output is restored to, in the directory `nightdrop-dumps`. At most 255 bytes. */
  readonly name: string;
  /** Program and arguments. */
  readonly command: Command;
  /** Local user that runs the command. Another user than that of the backup requires root. Default: the user of the backup. */
  readonly user?: string;
  /** Time limit, after which the command and its child processes are ended. Default: 12 h. */
  readonly timeLimit?: Duration;
}

/**
 * Environment variables of dumps and hooks, in addition to `PATH`, `HOME`, `USER`, `LOGNAME`, `TMPDIR`, `TZ`, `LANG` and
 * `LC_*`. They get no other variables. Each is a value, or `{ env }` with the name of a variable of this process.
 */
export type ProgramEnvironment = Readonly<Record<string, string | { readonly env: string }>>;

/**
 * Commands that run before and after each backup, as the user of the backup. Environment variables give them the results:
 * see `docs/OPERATING.md`.
 */
export interface HooksConfig {
  /** Runs before anything is read. If it fails, nothing is stored and the run fails. */
  readonly before?: Command;
  /** Runs after a snapshot was stored, complete or not. */
  readonly after?: Command;
  /** Runs if no snapshot was stored. */
  readonly failed?: Command;
  /** Runs last, in both cases. */
  readonly finally?: Command;
  /** Time limit of each command, after which it is ended. Default: 1 h. */
  readonly timeLimit?: Duration;
}

/** Entries that `drill` restores, and checks of dumps, in the config. */
export interface DrillConfig {
  /** Paths that every snapshot must have, such as `"/etc/hostname"`. They are always restored. Default: none. */
  readonly always?: readonly string[];
  /** Number of random entries, and of files drawn with chances by size, of each snapshot. At most 10,000. Default: 20. */
  readonly files?: number;
  /** Maximum size of what is restored of a snapshot, without `always` and dumps. Default: 200 MiB. */
  readonly bytes?: Size;
  /** Checks of the dumps, by the name of the dump. Dumps without an entry here are restored and compared with the index. */
  readonly dumps?: Readonly<Record<string, DumpCheckConfig>>;
}

/**
 * Check of a restored dump. The commands run on the machine of the drill, without a shell. In their arguments `{file}` is
 * the path of the restored dump and `{directory}` that of an empty directory, which is removed afterwards.
 */
export interface DumpCheckConfig {
  /**
   * Loads the dump, which it gets on standard input, such as `["sqlite3", "-safe", "{directory}/app.db"]`. Must exit with 0.
   * A hostile host may have written the dump: see `docs/DRILLS.md`.
   */
  readonly load?: Command;
  /** Prints what is compared with `expect`, such as `["sqlite3", "{directory}/app.db", "SELECT count(*) FROM orders"]`. */
  readonly check?: Command;
  /**
   * Output that `check` must print: a comparison of a number, such as `">0"` or `">= 1000"`, or the exact text without white
   * space at both ends. Default: any output.
   */
  readonly expect?: string;
  /** Time limit of each command. Default: 1 h. */
  readonly timeLimit?: Duration;
}

/** Compression of volumes. The zstd level is 1 (fast) to 19 (small). Default: 3. */
export type CompressionConfig =
  | "zstd"
  | "gzip"
  | "none"
  | { readonly kind: "zstd"; readonly level?: number }
  | { readonly kind: "gzip" }
  | { readonly kind: "none" };
