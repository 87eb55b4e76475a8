/**
 * The user of the owner's side that reads the backups: it may list and read, and nothing else. Hosts never have its key.
 *
 * @module
 */
import type { Credentials } from "../config/credentials.ts";
import type { Run } from "../app/events.ts";
import { Failure, type Misuse } from "../model/failure.ts";
import type { Policy } from "../store/vault/policy.ts";
import { readerPolicies } from "../store/vault/reader_policy.ts";
import type { ReadingTrial, ReadingUser } from "../store/vault/reading_user.ts";
import { type Drift, driftOf } from "./drift.ts";
import { foreignKey, type OwnUserOptions, type ProvisionedUser, provisionUser } from "./own_user.ts";
import type { OwnerClients } from "./owner_clients.ts";
import type { UserPlaces } from "./user_places.ts";
import type { KeyWords } from "./user_key.ts";

const WORDS: KeyWords = {
  command: "provision --reader",
  used: "every reader uses",
  after:
    "Then run `nightdrop audit --reader`, copy the credentials to where they are used, and run --rotate --finish",
};

/**
 * Sets up the user that reads these places: its policy, and its key in a file. Without `apply` it only reads the current
 * settings.
 *
 * @throws {Misuse} if the owner's credentials are missing, or the file has a key of another user.
 * @throws {StoreError} if the provider refuses a request.
 */
export async function provisionReader(
  places: UserPlaces,
  owners: OwnerClients,
  options: OwnUserOptions,
  run: Run,
): Promise<ProvisionedUser> {
  const user = await openReader(places, owners);
  run.signal.throwIfAborted();
  const check = (held: Credentials): Promise<string> => checkKey(user, places.file, held);
  return await provisionUser({ user, places, words: WORDS, check }, options);
}

/** Returns the policies of the user that reads these places. Sends no request to the provider. */
export function emitReader({ stores }: UserPlaces): Policy[] {
  return readerPolicies(stores, stores[0].endpoint === undefined ? "amazon" : "ceph");
}

/**
 * Compares the policy of the user that reads these places with what it should be.
 *
 * @throws {StoreError} if the owner's credentials cannot read it.
 */
export async function readerDrifts(places: UserPlaces, owners: OwnerClients): Promise<Drift[]> {
  const user = await openReader(places, owners);
  return (await user.settings(false, () => {})).flatMap(driftOf);
}

async function openReader({ user, stores }: UserPlaces, owners: OwnerClients): Promise<ReadingUser> {
  const { openReadingUser } = await import("../store/vault/reading_user.ts");
  return await openReadingUser(await owners.at(stores[0]), user, stores);
}

/** Returns what a key can do, in words; it throws unless that is to read. */
async function checkKey(user: ReadingUser, file: string, held: Credentials): Promise<string> {
  const trial = await user.tryKey(held);
  if (trial.list !== "accepted") throw unusable(user.name, file, trial);
  if (trial.put === "refused") return "it can list the buckets; it cannot put objects";
  throw new Failure(`The key ${held.accessKeyId}, in ${file}, can put objects into ${trial.bucket}`, {
    hint: "Run `nightdrop audit --reader` to see what else it can do",
  });
}

function unusable(user: string, file: string, { list, bucket }: ReadingTrial): Misuse {
  if (list === "unknown") return foreignKey(user, file, "has a key that the server does not know");
  return foreignKey(user, file, `has a key that cannot list ${bucket}`);
}
