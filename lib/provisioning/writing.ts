/**
 * The buckets of a mirror or of pins, and the user of the owner's side who puts copies there. Hosts never have its key.
 *
 * @module
 */
import type { Credentials } from "../config/credentials.ts";
import type { Run } from "../app/events.ts";
import { Failure, type Misuse } from "../model/failure.ts";
import type { Step } from "../store/vault/steps.ts";
import type { WritingTrial, WritingUser } from "../store/vault/writing_user.ts";
import { writerPolicies } from "../store/vault/writer_policy.ts";
import type { CopyPlaces } from "./copy_places.ts";
import { type Drift, driftOf } from "./drift.ts";
import { foreignKey, type OwnUserOptions, type ProvisionedUser, provisionUser } from "./own_user.ts";
import type { OwnerClients } from "./owner_clients.ts";
import type { KeyWords } from "./user_key.ts";

/** State of the buckets of a store with copies and of the user who puts there, or changes of them. */
export interface ProvisionedWriter extends ProvisionedUser {
  /** Name of the mirror in the config, or `pins`. */
  readonly store: string;
  /** Settings of the buckets, whose names begin with the bucket, and of the user. */
  readonly steps: readonly Step[];
}

/**
 * Sets up the buckets of a store with copies, and the user who puts there: its policy, and its key in a file. Without `apply`
 * it only reads the current settings. A change of the key alone does not look at the buckets.
 *
 * @throws {Misuse} if the owner's credentials are missing, or the file has a key of another user.
 * @throws {StoreError} if the provider refuses a request.
 */
export async function provisionWriter(
  places: CopyPlaces,
  owners: OwnerClients,
  options: OwnUserOptions,
  run: Run,
): Promise<ProvisionedWriter> {
  const { stores, store, requests, kind } = places;
  const user = await openWriter(places, owners);
  run.signal.throwIfAborted();
  const { copyBuckets } = await import("../store/vault/copy_buckets.ts");
  const { endpoint } = stores[0];
  const ownerOf = (region: string): ReturnType<OwnerClients["at"]> =>
    owners.at({ ...stores[0], region, endpoint });
  const buckets = copyBuckets(ownerOf, kind, requests, user.dialect);
  const { apply, only, each = () => {} } = options;
  const made = only === undefined ? await buckets.settings(apply, each) : [];
  const check = (held: Credentials): Promise<string> => checkKey(user, places, held);
  const done = await provisionUser({ user, places, words: wordsOf(store), check }, options);
  return { store, ...done, steps: [...made, ...done.steps] };
}

/** Returns the settings of the buckets and the policies of the user, to apply them by hand. Sends no request to the provider. */
export async function emitWriter({ user, stores, slots, requests, kind }: CopyPlaces): Promise<object> {
  const dialect = stores[0].endpoint === undefined ? "amazon" : "ceph";
  const { describeCopies } = await import("../store/vault/copy_buckets.ts");
  return {
    user,
    userPolicies: writerPolicies(kind, slots, dialect),
    buckets: describeCopies(kind, requests, dialect),
  };
}

/**
 * Compares the buckets of a store with copies, and the policy of the user who puts there, with what they should be.
 *
 * @throws {StoreError} if the owner's credentials cannot read them.
 */
export async function writerDrifts(places: CopyPlaces, owners: OwnerClients, run: Run): Promise<Drift[]> {
  const { steps } = await provisionWriter(places, owners, { apply: false }, run);
  return steps.flatMap(driftOf);
}

async function openWriter(
  { user, stores, slots, kind }: CopyPlaces,
  owners: OwnerClients,
): Promise<WritingUser> {
  const { openWritingUser } = await import("../store/vault/writing_user.ts");
  return await openWritingUser(await owners.at(stores[0]), { name: user, kind, slots });
}

function wordsOf(store: string): KeyWords {
  return {
    command: `provision --store ${store}`,
    used: store === "pins" ? "every `pin` uses" : "every `mirror` uses",
    after: "Then copy the credentials to where they are used, and run --rotate --finish",
  };
}

/** Returns what a key can do, in words; it throws unless that is to put. */
async function checkKey(user: WritingUser, { file }: CopyPlaces, held: Credentials): Promise<string> {
  const trial = await user.tryKey(held);
  if (trial.put !== "accepted") throw unusable(user.name, file, trial);
  if (trial.list !== "accepted") return "it can put objects; it cannot list them";
  throw new Failure(`The key ${held.accessKeyId}, in ${file}, can list ${trial.bucket}`, {
    hint: "Run `nightdrop provision --store NAME --apply` to set the policy of the user again",
  });
}

function unusable(user: string, file: string, { put, bucket }: WritingTrial): Misuse {
  if (put === "unknown") return foreignKey(user, file, "has a key that the server does not know");
  return foreignKey(user, file, `has a key that cannot put into ${bucket}`);
}
