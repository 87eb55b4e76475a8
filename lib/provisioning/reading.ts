/**
 * The user of the owner's side that reads the backups: it may list and read, and nothing else. Hosts never have its key.
 *
 * @module
 */
import type { Credentials } from "../config/credentials.ts";
import type { Run } from "../app/events.ts";
import { Failure, Misuse } from "../model/failure.ts";
import type { Policy } from "../store/vault/policy.ts";
import { readerPolicies } from "../store/vault/reader_policy.ts";
import type { ReadingTrial, ReadingUser } from "../store/vault/reading_user.ts";
import type { Step } from "../store/vault/steps.ts";
import { type Drift, driftOf } from "./drift.ts";
import { addKey, checkedKey, isDone } from "./key_by_hand.ts";
import { changeKey } from "./key_change.ts";
import type { OwnerClients } from "./owner_clients.ts";
import { createUserCommands } from "./radosgw_commands.ts";
import type { ReadingPlaces } from "./reading_places.ts";
import { credentialsIn, type KeyStep, type KeyWords, userKey } from "./user_key.ts";

/** Options of {@link provisionReader}. */
export interface ReaderOptions {
  /** Whether to make the changes; if false, they are only planned. */
  readonly apply: boolean;
  /** Changes only the key: `rotate` creates a second, `finish` removes the first, `revoke` denies the user all access. */
  readonly only?: "rotate" | "finish" | "revoke" | undefined;
  /** Called after each step. */
  readonly each?: ((step: Step) => void) | undefined;
}

/** State of a reading user, or changes of it. */
export interface ProvisionedReader {
  /** Name of the user at the provider. */
  readonly user: string;
  /** `amazon`, or `ceph` for servers without IAM users. */
  readonly dialect: "amazon" | "ceph";
  /** Buckets that it reads, each with its prefix. */
  readonly buckets: readonly string[];
  /** Absolute path of the file with its key. */
  readonly file: string;
  /** Settings of the user. */
  readonly steps: readonly Step[];
  /** Keys of the user. */
  readonly keys: readonly KeyStep[];
}

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
  places: ReadingPlaces,
  owners: OwnerClients,
  options: ReaderOptions,
  run: Run,
): Promise<ProvisionedReader> {
  const { file, stores } = places;
  const user = await openReader(places, owners);
  run.signal.throwIfAborted();
  const buckets = stores.map(({ bucket, prefix }) => prefix === "" ? bucket : `${bucket}/${prefix}`);
  const about = { user: user.name, dialect: user.dialect, buckets, file };
  await refuseForeign(user, file, options.only);
  if (options.only !== undefined) {
    const { only, apply, each = () => {} } = options;
    const check = (held: Credentials): Promise<string> => checkKey(user, file, held);
    return { ...about, ...await changeKey(user, only, { file, apply, each, check }, WORDS) };
  }
  const steps = await user.settings(options.apply, options.each ?? (() => {}));
  return { ...about, steps, keys: [await keyOf(user, file, steps, options.apply)] };
}

/** Returns the policies of the user that reads these places. Sends no request to the provider. */
export function emitReader({ stores }: ReadingPlaces): Policy[] {
  return readerPolicies(stores, stores[0].endpoint === undefined ? "amazon" : "ceph");
}

/**
 * Compares the policy of the user that reads these places with what it should be.
 *
 * @throws {StoreError} if the owner's credentials cannot read it.
 */
export async function readerDrifts(places: ReadingPlaces, owners: OwnerClients): Promise<Drift[]> {
  const user = await openReader(places, owners);
  return (await user.settings(false, () => {})).flatMap(driftOf);
}

async function openReader({ user, stores }: ReadingPlaces, owners: OwnerClients): Promise<ReadingUser> {
  const { openReadingUser } = await import("../store/vault/reading_user.ts");
  return await openReadingUser(await owners.at(stores[0]), user, stores);
}

/** Refuses to replace a file with a key of another user: the owner may have put it there. */
async function refuseForeign(user: ReadingUser, file: string, only: ReaderOptions["only"]): Promise<void> {
  if (only === "revoke" || only === "finish") return;
  const held = credentialsIn(file)?.accessKeyId;
  const keys = await user.keys();
  if (held === undefined || keys === undefined || keys.some(({ id }) => id === held)) return;
  if (keys.length > 0 && only === undefined) return;
  throw foreign(user.name, file, "has a key that is not, or no longer, one of this user");
}

async function keyOf(
  user: ReadingUser,
  file: string,
  steps: readonly Step[],
  apply: boolean,
): Promise<KeyStep> {
  const held = credentialsIn(file);
  if (user.dialect === "amazon") return await userKey(user, file, apply);
  const isSet = steps.every(isDone);
  if (held !== undefined && isSet) return await checkedKey(file, held, (it) => checkKey(user, file, it));
  if (held !== undefined) return { state: "good", text: `${held.accessKeyId}, in ${file}` };
  return isSet ? addKey(user.name, file, WORDS) : createUser(user.name, file);
}

function createUser(user: string, file: string): KeyStep {
  return {
    state: "by-hand",
    text:
      "the provider's administrator creates the user with a key, which these commands write to a file. Then run " +
      `--apply. Copy the file to ${file} first, if that is on another machine`,
    commands: createUserCommands(user, file),
  };
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
  if (list === "unknown") return foreign(user, file, "has a key that the server does not know");
  return foreign(user, file, `has a key that cannot list ${bucket}`);
}

function foreign(user: string, file: string, what: string): Misuse {
  return new Misuse(`Cannot use the credentials file ${file} for ${user}: it ${what}`, {
    hint: "Move the file away to create another key, or name another file: --credentials FILE",
  });
}
