/**
 * The hosts of a config as nightdrop uses them: every default filled in, every path absolute.
 *
 * @module
 */
import type { Compression } from "../model/compression.ts";
import type { Secret } from "../model/secret.ts";
import type { Selection } from "../model/selection.ts";
import type { Alerts, Expect } from "./alerts.ts";
import type { DrillSettings } from "./drill.ts";
import type { Command, ProgramEnvironment } from "./settings.ts";
import type { ObjectLock } from "./store_settings.ts";

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
  /** Whether the index lists the SHA-256 of each file. */
  readonly checksums: boolean;
  /** Compression of volumes. */
  readonly compression: Compression;
  /** Maximum size of a stored object in bytes; undefined if the memory of the machine decides. */
  readonly partSize: number | undefined;
  /** Number of volumes at the same time; undefined if the memory and the cores of the machine decide. */
  readonly jobs: number | undefined;
  /** Memory in bytes that decides instead of that of the machine. */
  readonly memory: number | undefined;
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
  /** Interval after which `status` reports the host as late. */
  readonly expect: Expect;
  /** Thresholds of the alerts of `status`. */
  readonly alerts: Alerts;
  /** Entries that `drill` restores, and checks of dumps. */
  readonly drill: DrillSettings;
  /** Stores that `mirror` copies its snapshots to. */
  readonly mirrors: readonly Mirror[];
  /** Store for its pinned snapshots; undefined for none. */
  readonly pins: CopyStore | undefined;
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
  /** Whether puts are create-only; undefined for true. */
  readonly createOnly?: boolean | undefined;
  /** Object Lock that `provision` sets; undefined for none. */
  readonly objectLock: ObjectLock | undefined;
  /** Location of the credentials. */
  readonly credentials: CredentialsReference;
}

/** Location of credentials: the prefix of environment variables, or the absolute path of a file. */
export type CredentialsReference = { readonly env: string } | { readonly file: string };

/** Store for copies of snapshots, with its defaults. */
export interface CopyStore {
  /** Store, with the credentials that read. */
  readonly store: Store;
  /** Location of the credentials that put; undefined for those of the store. */
  readonly putCredentials: CredentialsReference | undefined;
}

/** Mirror with its defaults. */
export interface Mirror extends CopyStore {
  /** Name in the config. */
  readonly name: string;
  /** Fingerprints of the keys that sign the dates of the original store, in lower case. */
  readonly signers: readonly string[];
}
