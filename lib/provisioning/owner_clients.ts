import { type Credentials, resolveCredentials } from "../config/credentials.ts";
import type { CredentialsReference, Host, S3Store } from "../config/types.ts";
import { Misuse } from "../model/failure.ts";
import { proxiesOf } from "../store/s3/proxies.ts";
import type { VaultRequest } from "../store/vault/description.ts";
import type { Owner } from "../store/vault/owner.ts";
import type { Environment } from "../app/stores.ts";

/** Where the owner's credentials are looked for when no file is named: the first whose key is set. */
const PREFIXES = ["NIGHTDROP_OWNER", "AWS"] as const;

/** A pattern for the names of the users that hosts are. */
export const USER_PATTERN = "nightdrop-{host}";

/** "IAM and AWS STS quotas": the length of a user's name. */
const MAX_USER_LENGTH = 64;

/**
 * The owner's hands at the providers of a fleet, one pair for each place. No verb that a host runs gets any.
 *
 * @throws {Misuse} when the credentials are missing.
 */
export class OwnerClients implements Disposable {
  readonly #reference: CredentialsReference;
  readonly #env: Environment;
  readonly #open = new Map<string, Owner>();

  /**
   * Opens nothing yet.
   *
   * @param file In the form of the AWS credentials file; without it the environment is looked at.
   */
  constructor(file: string | undefined, env: Environment) {
    const prefix = PREFIXES.find((it) => env(`${it}_ACCESS_KEY_ID`)) ?? PREFIXES[0];
    this.#reference = file === undefined ? { env: prefix } : { file };
    this.#env = env;
  }

  /**
   * The one for a host's store.
   *
   * @ignore
   */
  async of(host: Host): Promise<Owner> {
    const { region, endpoint } = bucketOf(host);
    const place = `${region} ${endpoint}`;
    const known = this.#open.get(place);
    if (known !== undefined) return known;
    const credentials = this.#credentials();
    // The SDK takes a while to load: only those who use it pay for it.
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

  /** Lets go of sockets. */
  [Symbol.dispose](): void {
    for (const owner of this.#open.values()) owner.close();
  }
}

/** Whether the owner has given his credentials expressly, and not only as those that a host might have as well. */
export function ownerGiven(file: string | undefined, env: Environment): boolean {
  return file !== undefined || Boolean(env(`${PREFIXES[0]}_ACCESS_KEY_ID`));
}

/** What a host's vault is made from. */
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
  return new Misuse("There are no credentials of the owner", {
    hint: `Set ${PREFIXES.map((it) => `${it}_ACCESS_KEY_ID and ${it}_SECRET_ACCESS_KEY`).join(", or ")}; ` +
      "or name a file with --owner-credentials",
  });
}

/** The bucket of a host whose store is one. */
export function bucketOf(host: Host): S3Store {
  if (host.store.kind === "s3") return host.store;
  throw new Misuse(`The store of ${host.name} is a directory: there is nothing to provision`, {
    hint: 'Buckets are provisioned: store: { kind: "s3", … }',
  });
}

/** The name of the user that a host is at its provider. */
export function userName(pattern: string, host: string): string {
  const name = pattern.replaceAll("{host}", host);
  if (/^[\w+=,.@-]+$/.test(name) && name.length <= MAX_USER_LENGTH) return name;
  throw new Misuse(
    `"${name}" cannot be the name of a user: up to ${MAX_USER_LENGTH} of A-Z a-z 0-9 _+=,.@-`,
    {
      hint: "Choose another with --user, in which {host} is replaced",
    },
  );
}
