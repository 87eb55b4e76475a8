import { type Credentials, resolveCredentials } from "../config/credentials.ts";
import type { CredentialsReference, Host, S3Store } from "../config/types.ts";
import { Misuse } from "../model/failure.ts";
import { proxiesOf } from "../store/s3/proxies.ts";
import type { VaultRequest } from "../store/vault/description.ts";
import type { Owner } from "../store/vault/owner.ts";
import type { Environment } from "../app/stores.ts";

/** Prefixes of the variables with the owner's credentials. The first one that is set is used. */
const PREFIXES = ["NIGHTDROP_OWNER", "AWS"] as const;

/** Default pattern for the names of the hosts' users. */
export const USER_PATTERN = "nightdrop-{host}";

/** Maximum length of a user name: "IAM and AWS STS quotas". */
const MAX_USER_LENGTH = 64;

/** Clients with the owner's credentials, one for each provider of a fleet. Commands of a host never get one. */
export class OwnerClients implements Disposable {
  readonly #reference: CredentialsReference;
  readonly #env: Environment;
  readonly #open = new Map<string, Owner>();

  /**
   * Opens no connection yet.
   *
   * @param file Path of a file in the format of the AWS credentials file; undefined for the environment.
   * @param env Returns the value of an environment variable.
   */
  constructor(file: string | undefined, env: Environment) {
    const prefix = PREFIXES.find((it) => env(`${it}_ACCESS_KEY_ID`)) ?? PREFIXES[0];
    this.#reference = file === undefined ? { env: prefix } : { file };
    this.#env = env;
  }

  /**
   * Returns the client for a host's store.
   *
   * @throws {Misuse} if the credentials are missing or malformed.
   * @ignore
   */
  async of(host: Host): Promise<Owner> {
    return await this.at(bucketOf(host));
  }

  /**
   * Returns the client for a bucket.
   *
   * @throws {Misuse} if the credentials are missing or malformed.
   * @ignore
   */
  async at({ region, endpoint }: S3Store): Promise<Owner> {
    const place = `${region} ${endpoint}`;
    const known = this.#open.get(place);
    if (known !== undefined) return known;
    const credentials = this.#credentials();
    // The SDK is slow to load, so it is loaded only when it is used.
    const { openOwner } = await import("../store/vault/owner.ts");
    const owner = this.#open.get(place) ??
      openOwner({ region, endpoint, credentials, proxies: proxiesOf(this.#env) });
    this.#open.set(place, owner);
    return owner;
  }

  #credentials(): Credentials {
    if ("env" in this.#reference && !this.#env(`${this.#reference.env}_ACCESS_KEY_ID`)) throw noOwner();
    return resolveCredentials(this.#reference, { env: this.#env });
  }

  /** Closes the connections. */
  [Symbol.dispose](): void {
    for (const owner of this.#open.values()) owner.close();
  }
}

/** Returns whether the owner's credentials are given explicitly, not as AWS_… variables, which may be those of a host. */
export function ownerGiven(file: string | undefined, env: Environment): boolean {
  return file !== undefined || Boolean(env(`${PREFIXES[0]}_ACCESS_KEY_ID`));
}

/** Returns the values that a host's vault is derived from. */
export function vaultRequest(host: Host, userPattern: string): VaultRequest {
  const { bucket, region, prefix, vault, endpoint, objectLock } = bucketOf(host);
  return {
    host: host.name,
    bucket,
    region,
    prefix,
    vault,
    secure: endpoint === undefined || endpoint.startsWith("https:"),
    retention: host.retention,
    lock: objectLock?.mode,
    user: userName(userPattern, host.name),
  };
}

function noOwner(): Misuse {
  return new Misuse("Cannot find the credentials of the owner", {
    hint: `Set ${PREFIXES.map((it) => `${it}_ACCESS_KEY_ID and ${it}_SECRET_ACCESS_KEY`).join(", or ")}; ` +
      "or name a file with --owner-credentials",
  });
}

/**
 * Returns the bucket of a host.
 *
 * @throws {Misuse} if the store of the host is a directory.
 */
export function bucketOf(host: Host): S3Store {
  if (host.store.kind === "s3") return host.store;
  throw new Misuse(`Cannot provision ${host.name}: its store is a directory`, {
    hint: 'Set a bucket in the config: store: { kind: "s3", … }',
  });
}

/**
 * Returns the name of a host's user at the provider.
 *
 * @throws {Misuse} if the provider does not allow the name.
 */
export function userName(pattern: string, host: string): string {
  const name = pattern.replaceAll("{host}", host);
  if (/^[\w+=,.@-]+$/.test(name) && name.length <= MAX_USER_LENGTH) return name;
  throw new Misuse(
    `Cannot use "${name}" as a user name: allowed are up to ${MAX_USER_LENGTH} of A-Z a-z 0-9 _+=,.@-`,
    {
      hint: "Set another name with --user; {host} is replaced",
    },
  );
}
