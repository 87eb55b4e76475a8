import { setTimeout as delay } from "node:timers/promises";
import { Failure } from "../../model/failure.ts";
import { keyPrefix } from "../key_prefix.ts";
import { ownerError } from "./answers.ts";
import { bucketPiece } from "./bucket.ts";
import { describeVault, type Dialect, type VaultDescription, type VaultRequest } from "./description.ts";
import { expiryPiece } from "./expiry.ts";
import {
  type AccessKey,
  accessKeys,
  denyAll,
  lastUsed,
  newAccessKey,
  type NewKey,
  removeAccessKey,
} from "./keys.ts";
import { identityPiece, readIdentity } from "./identity.ts";
import { knownLacks } from "./lacks.ts";
import type { Owner } from "./owner.ts";
import { describeState, type SettingState, type VaultSetting } from "./setting.ts";
import { probePut } from "./probe.ts";
import { refusalPiece } from "./refusals.ts";
import { settingPieces } from "./settings.ts";
import { dialectOf, userPieces } from "./user.ts";

/** A piece of a vault, as it stands or as it stood before it was made. */
export interface Step {
  /** Such as "versioning". */
  readonly name: string;
  /** What is wanted, in words. */
  readonly wanted: string;
  /** How it stands. */
  readonly standing: SettingState;
  /** Whether it was made or changed by this run. */
  readonly made: boolean;
}

/** A host's bucket and user in the owner's hands. */
export interface Vault {
  readonly dialect: Dialect;
  readonly description: VaultDescription;
  /** How every piece stands. Changes nothing. */
  plan(): Promise<Step[]>;
  /**
   * Makes what is missing and changes what differs, in order, and reads each back. What was made by an earlier run
   * that broke off is found and left as it is.
   *
   * @throws {StoreError} where the provider refuses, {@link Failure} where what was made does not read back.
   */
  apply(each: (step: Step) => void): Promise<Step[]>;
  /** The identity of the bucket; undefined where it has none. */
  identity(): Promise<string | undefined>;
  /** The user's keys, the oldest first; undefined where the provider has its own way to make them. */
  keys(): Promise<AccessKey[] | undefined>;
  lastUsed(id: string): Promise<Date | undefined>;
  newKey(): Promise<NewKey>;
  removeKey(id: string): Promise<void>;
  /** Denies everything to the user. */
  denyAll(): Promise<void>;
}

/** A change is read back at once, and then after so many milliseconds each: Amazon takes its time to agree with itself. */
const READ_BACK: readonly number[] = [0, 300, 1000, 3000, 5000];

/** Asks what kind of provider it is. */
export async function openVault(owner: Owner, request: VaultRequest): Promise<Vault> {
  const place = `s3://${request.bucket}`;
  const reported = <T>(what: string, call: () => Promise<T>): Promise<T> =>
    call().catch((error) => {
      throw ownerError(error, `${request.user}: ${what}`);
    });
  const dialect = await reported("user", () => dialectOf(owner, request.user));
  const description = describeVault(request, dialect);
  const bucket = bucketPieces(owner, description, dialect).map((it) => describeState(place, it));
  const user = userPieces(owner, description, dialect).map((it) => describeState(request.user, it));
  const lacks = knownLacks(request, dialect);
  return {
    dialect,
    description,
    plan: async () => [
      ...(await Promise.all([bucketSteps(bucket), Promise.all(user.map(look))])).flat(),
      ...await Promise.all(lacks.map(look)),
    ],
    async apply(each): Promise<Step[]> {
      const steps = [
        ...await makeAll(bucket, each),
        ...await makeAll(user, each),
        ...await makeAll(lacks, each),
      ];
      await reported("a put on trial", () => probePut(owner, description, keyPrefix(request.prefix)));
      return steps;
    },
    identity: () => reported("identity", () => readIdentity(owner, request.bucket)),
    keys: () =>
      dialect === "amazon"
        ? reported("keys", () => accessKeys(owner, request.user))
        : Promise.resolve(undefined),
    lastUsed: (id) => reported("keys", () => lastUsed(owner, id)),
    newKey: () => reported("new key", () => newAccessKey(owner, request.user)),
    removeKey: (id) => reported(`key ${id}`, () => removeAccessKey(owner, request.user, id)),
    denyAll: () => reported("user policy", () => denyAll(owner, request.user, dialect)),
  };
}

function bucketPieces(owner: Owner, description: VaultDescription, dialect: Dialect): VaultSetting[] {
  return [
    bucketPiece(owner, description, dialect),
    ...settingPieces(owner, description),
    expiryPiece(owner, description),
    refusalPiece(owner, description, dialect),
    identityPiece(owner, description),
  ];
}

/** Of a bucket that is not there nothing else needs to be asked. */
async function bucketSteps([bucket, ...rest]: readonly VaultSetting[]): Promise<Step[]> {
  const first = await look(bucket!);
  if (first.standing.state !== "missing") return [first, ...await Promise.all(rest.map(look))];
  return [first, ...rest.map((it) => step(it, first.standing))];
}

async function look(piece: VaultSetting): Promise<Step> {
  return step(piece, await piece.look());
}

/** What follows on something that the owner has to make with his own hands waits for that. */
async function makeAll(pieces: readonly VaultSetting[], each: (step: Step) => void): Promise<Step[]> {
  const steps: Step[] = [];
  for (const it of pieces) {
    const barred = steps.some(({ standing }) => standing.state === "by-hand");
    const done = barred ? step(it, { state: "by-hand", todo: "comes after that" }) : await makeOne(it);
    steps.push(done);
    each(done);
  }
  return steps;
}

async function makeOne(piece: VaultSetting): Promise<Step> {
  const standing = await piece.look();
  if (standing.state !== "missing" && standing.state !== "different") return step(piece, standing);
  const refused = await piece.make();
  if (refused) return step(piece, refused);
  await readBack(piece);
  return step(piece, standing, true);
}

async function readBack(piece: VaultSetting): Promise<void> {
  let found: SettingState | undefined;
  for (const wait of READ_BACK) {
    await delay(wait);
    found = await piece.look();
    if (found.state === "good") return;
  }
  const what = found?.state === "different" ? found.found : found?.state;
  throw new Failure(`${piece.name}: it was set, but the provider does not return it (${what})`, {
    hint: "Run provision again: it continues. If this repeats, the provider does not store the setting",
  });
}

function step({ name, wanted }: VaultSetting, standing: SettingState, made = false): Step {
  return { name, wanted, standing, made };
}
