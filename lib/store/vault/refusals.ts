import {
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
} from "@aws-sdk/client-s3";
import { Failure } from "../../model/failure.ts";
import { unlessAbsent } from "./answers.ts";
import { CREATE_ONLY, TLS_ONLY } from "./bucket_policy.ts";
import type { VaultDescription } from "./description.ts";
import type { Owner } from "./owner.ts";
import { same, type SettingState, type VaultSetting } from "./setting.ts";
import { type Policy, policy, type PolicyStatement } from "./policy.ts";

/**
 * Returns the setting for the policy of the bucket: nightdrop's statements. Statements of others stay as they
 * are.
 */
export function bucketPolicySetting({ s3 }: Owner, vault: VaultDescription): VaultSetting {
  const { bucket: Bucket, bucketPolicy: { Statement: ours } } = vault;
  const read = async (): Promise<readonly PolicyStatement[]> => {
    const found = await unlessAbsent(s3.send(new GetBucketPolicyCommand({ Bucket })));
    return found?.Policy === undefined ? [] : [(JSON.parse(found.Policy) as Policy).Statement].flat();
  };
  return {
    name: "bucket policy",
    wanted: inWords(ours),
    async look(): Promise<SettingState> {
      const all = await read();
      const open = all.find(letsAnybodyIn);
      if (open) {
        return { state: "different", found: `the statement "${open.Sid ?? ""}" allows access to everyone` };
      }
      const found = all.filter(isOurs);
      if (same(found, ours)) return { state: "good" };
      if (found.length === 0) return { state: "missing" };
      const names = found.map(({ Sid }) => Sid).join(", ");
      return { state: "different", found: `${found.length} statements that differ from these:  ${names}` };
    },
    async make(): Promise<void> {
      const others = (await read()).filter((it) => !isOurs(it));
      const open = others.find(letsAnybodyIn);
      if (open) throw opened(Bucket, open);
      const statements = [...others, ...ours];
      if (statements.length === 0) await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
      else {
        const Policy = JSON.stringify(policy(...statements));
        await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
      }
    },
  };
}

function isOurs({ Sid }: PolicyStatement): boolean {
  return (Sid ?? "").startsWith("Nightdrop");
}

/**
 * Whether a statement opens the bucket to the public. A statement with a condition applies to somebody in
 * particular.
 */
function letsAnybodyIn({ Effect, Principal, NotPrincipal, Condition }: Foreign): boolean {
  if (Effect !== "Allow" || Condition !== undefined) return false;
  const who = typeof Principal === "object" ? Principal.AWS : Principal;
  return NotPrincipal !== undefined || [who].flat().includes("*");
}

/** Statement that others may have written. */
type Foreign = Pick<PolicyStatement, "Sid" | "Effect" | "Condition"> & {
  readonly Principal?: string | { readonly AWS?: string | readonly string[] };
  readonly NotPrincipal?: unknown;
};

function opened(bucket: string, { Sid = "" }: Foreign): Failure {
  return new Failure(`The statement "${Sid}" in the policy of ${bucket} allows access to everyone`, {
    hint: "It is not from nightdrop: remove it, then run provision again",
  });
}

function inWords(ours: readonly PolicyStatement[]): string {
  const has = (sid: string): boolean => ours.some(({ Sid }) => Sid === sid);
  const parts = [
    ...(has(TLS_ONLY) ? ["requests without TLS"] : []),
    ...(has(CREATE_ONLY) ? ["puts that overwrite, or set SSE-C, ACL, tags or locks"] : []),
  ];
  return parts.length === 0 ? "nothing is refused" : `refuses ${parts.join("; ")}`;
}
