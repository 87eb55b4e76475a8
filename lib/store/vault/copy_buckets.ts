/**
 * Buckets of a mirror or of pins, as the owner can manage them. A mirror has the settings of a vault; what is pinned never expires,
 * and can be removed.
 *
 * @module
 */
import { GetBucketLifecycleConfigurationCommand } from "@aws-sdk/client-s3";
import { Failure } from "../../model/failure.ts";
import { formatNumber } from "../../model/format.ts";
import { keyPrefix } from "../key_prefix.ts";
import { concerns, daysOf } from "../s3/lifecycle.ts";
import { unlessAbsent } from "./answers.ts";
import { TLS_ONLY } from "./bucket_policy.ts";
import { bucketSettings, bucketSteps } from "./bucket_settings.ts";
import { describeVault, type Dialect, type VaultDescription, type VaultRequest } from "./description.ts";
import { lifecycleSetting } from "./expiry.ts";
import type { Owner } from "./owner.ts";
import { policy } from "./policy.ts";
import { probePut } from "./probe.ts";
import { describeState, type SettingState, type VaultSetting } from "./setting.ts";
import { makeAll, type Step } from "./steps.ts";
import type { CopyKind } from "./writer_policy.ts";

/** Settings of the buckets that several hosts have in a store with copies. */
export interface CopyBuckets {
  /** Reads the state of every setting, whose names begin with the bucket; with `apply`, makes them as `Vault.apply` does. */
  settings(apply: boolean, each: (step: Step) => void): Promise<Step[]>;
}

/** Returns the buckets that hosts have in a store with copies, from the vault that each would have there. */
export function copyBuckets(
  ownerOf: (region: string) => Promise<Owner>,
  kind: CopyKind,
  requests: readonly VaultRequest[],
  dialect: Dialect,
): CopyBuckets {
  const buckets = [...Map.groupBy(requests, ({ bucket }) => bucket).values()];
  return {
    async settings(apply, each): Promise<Step[]> {
      const steps: Step[] = [];
      for (const sharing of buckets) {
        const owner = await ownerOf(sharing[0]!.region);
        const all = settingsOf(owner, kind, sharing, dialect);
        steps.push(...(apply ? await makeAll(all, each) : await bucketSteps(all)));
        if (apply) await probe(owner, sharing, dialect);
      }
      return steps;
    },
  };
}

/** Returns the settings of a bucket: those of its first host, and the expiry of each. */
function settingsOf(
  owner: Owner,
  kind: CopyKind,
  [first, ...others]: readonly VaultRequest[],
  dialect: Dialect,
): VaultSetting[] {
  const own = kind === "pins" ? pinsSettings(owner, first!, dialect) : [
    ...bucketSettings(owner, describeVault(first!, dialect), dialect),
    ...others.map((it) => lifecycleSetting(owner, describeVault(it, dialect))),
  ];
  return own.map((it) => ({
    ...describeState(`s3://${first!.bucket}`, it),
    name: `${first!.bucket}: ${it.name}`,
  }));
}

/** Settings of a vault that a bucket of pins does not have: old versions would stay when a pin is removed. */
const NOT_OF_PINS: readonly string[] = ["versioning", "lifecycle", "identity"];

function pinsSettings(owner: Owner, request: VaultRequest, dialect: Dialect): VaultSetting[] {
  const vault = describePins(request, dialect);
  return [
    ...bucketSettings(owner, vault, dialect).filter(({ name }) => !NOT_OF_PINS.includes(name)),
    noExpirySetting(owner, vault, keyPrefix(request.prefix)),
  ];
}

function describePins(request: VaultRequest, dialect: Dialect): VaultDescription {
  const vault = describeVault({ ...request, lock: undefined }, dialect);
  return {
    ...vault,
    lifecycle: [],
    bucketPolicy: policy(...vault.bucketPolicy.Statement.filter(({ Sid }) => Sid === TLS_ONLY)),
  };
}

/** Returns the settings of the buckets, to apply them by hand. */
export function describeCopies(
  kind: CopyKind,
  requests: readonly VaultRequest[],
  dialect: Dialect,
): Partial<VaultDescription>[] {
  return requests.map((it) => {
    if (kind === "mirror") {
      const { user: _, userPolicy: __, ...bucket } = describeVault(it, dialect);
      return bucket;
    }
    const { user: _, userPolicy: __, versioning: ___, ...bucket } = describePins(it, dialect);
    return bucket;
  });
}

function noExpirySetting(
  { s3 }: Owner,
  { bucket: Bucket }: VaultDescription,
  directory: string,
): VaultSetting {
  const look = async (): Promise<SettingState> => {
    const found = await unlessAbsent(s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })));
    const rule = found?.Rules?.find((it) => concerns(it, directory) && daysOf(it) < Infinity);
    return rule === undefined ? { state: "good" } : {
      state: "different",
      found: `the rule "${rule.ID}" removes objects after ${formatNumber(daysOf(rule), "day")}`,
    };
  };
  return {
    name: "expiry",
    wanted: "no rule removes objects",
    look,
    async make(): Promise<void> {
      const state = await look();
      throw new Failure(
        `Cannot keep pins in ${Bucket}: ${state.state === "different" ? state.found : state.state}`,
        {
          hint: "Remove the rule, or set another bucket or prefix in the config",
        },
      );
    },
  };
}

async function probe(owner: Owner, sharing: readonly VaultRequest[], dialect: Dialect): Promise<void> {
  for (const it of sharing) await probePut(owner, describeVault(it, dialect), keyPrefix(it.prefix));
}
