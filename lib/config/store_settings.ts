/**
 * Settings of a store as users write them. `store_schema.ts` checks them.
 *
 * @module
 */

/** Store for backups. `{host}` in `path`, `bucket` and `prefix` is replaced by the host's name. */
export type StoreConfig = DirectoryConfig | S3Config;

/** Directory as a store, such as a mounted disk. */
export interface DirectoryConfig {
  /** Kind of the store. */
  readonly kind: "directory";
  /** Path of the directory. The first backup creates it. */
  readonly path: string;
}

/** Bucket of Amazon S3 or of a compatible server (Ceph, MinIO, Garage, B2, …) as a store. */
export interface S3Config {
  /** Kind of the store. */
  readonly kind: "s3";
  /** Name of the bucket, such as `"{host}-backups"`. */
  readonly bucket: string;
  /** Region of the bucket, such as `"eu-central-1"`. For other servers, the region that they are configured with. */
  readonly region: string;
  /** URL of a server other than Amazon's, without a path: `"https://s3.example.org"`. Default: Amazon's. */
  readonly endpoint?: string;
  /** Prefix of all object names, such as `"backups/web"`, at most 512 bytes. Default: none. */
  readonly prefix?: string;
  /**
   * Identity of a bucket that `provision` created: 32 hexadecimal digits, which it writes to the kit's config. Incremental
   * backups refer only to objects in the bucket with this identity, so a bucket that was created again gets a full backup.
   * Default: none.
   */
  readonly vault?: string;
  /** Storage class of the objects, such as `"STANDARD_IA"`. Default: that of the provider. */
  readonly storageClass?: string;
  /**
   * Whether puts are create-only (`If-None-Match: *`). `false` for a server that does not know them, such as OpenStack Swift
   * before 2.36. Then the bucket must keep versions: a put fails if it does not. Default: true.
   */
  readonly createOnly?: boolean;
  /**
   * Object Lock of the bucket that `provision` creates: objects cannot be deleted before they expire. In "governance" mode
   * the owner of the bucket can remove the lock, in "compliance" mode no user can. The lock lasts as long as the retention.
   * Default: none.
   */
  readonly objectLock?: ObjectLock;
  /** Location of the credentials. Default: `{ env: "AWS" }`. */
  readonly credentials?: CredentialsConfig;
}

/** Object Lock of a bucket. */
export interface ObjectLock {
  /** "governance": the owner can remove the lock with a special permission. "compliance": no user can. */
  readonly mode: "governance" | "compliance";
}

/**
 * Location of credentials: `env` is the prefix of the environment variables `PREFIX_ACCESS_KEY_ID`,
 * `PREFIX_SECRET_ACCESS_KEY` and `PREFIX_SESSION_TOKEN`; `file` is the path of a file in the format of the AWS credentials
 * file that only its owner can read.
 */
export type CredentialsConfig = { readonly env: string } | { readonly file: string };

/** Store for copies of snapshots. */
export interface CopyConfig {
  /** Store. Its `credentials` are the owner's: they read it. */
  readonly store: StoreConfig;
  /** Location of the credentials that put objects there. Default: `credentials` of the store. */
  readonly putCredentials?: CredentialsConfig;
}

/** Store that `mirror` copies snapshots to. */
export interface MirrorConfig extends CopyConfig {
  /**
   * Fingerprint of the owner's key that signs the dates of the original store, which `mirror` prints, or a list. Without it
   * the dates of the copies count.
   */
  readonly signer?: string | readonly string[];
}
