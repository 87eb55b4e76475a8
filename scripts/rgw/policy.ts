/** Policies of the test server's users. */
import {
  ACL_HEADERS,
  NO_PARTS,
  OTHER_ACTIONS,
  putOnly as putOnlyInto,
} from "../../lib/store/vault/host_policy.ts";
import type { PolicyStatement as NamedStatement } from "../../lib/store/vault/policy.ts";
import { readOnly as readOnlyFrom } from "../../lib/store/vault/reader_policy.ts";

/** Policy document of AWS IAM. */
export interface Policy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/** Statement of a policy, without a name. */
export type Statement = Omit<NamedStatement, "Sid" | "Principal"> & { readonly Sid?: string };

/** Returns the policy of a host: it can put objects into one bucket, and nothing else. */
export function putOnly(bucket: string): Policy {
  const { Version, Statement } = putOnlyInParts(bucket);
  return { Version, Statement: Statement.map((it) => ({ ...it, Condition: NO_PARTS })) };
}

/** The same as Amazon's users have it: objects may be uploaded in parts, by which RGW also lets the host read its own. */
export function putOnlyInParts(bucket: string): Policy {
  return putOnlyInto({ bucket, region: "us-east-1", prefix: "" });
}

/** Returns the policy of a reader on the trusted machine. */
export function readOnly(bucket: string): Policy {
  return readOnlyFrom({ bucket, region: "us-east-1", prefix: "" });
}

/** Policy of an account's root user. */
export function everything(): Policy {
  return { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] };
}

/**
 * Returns `policy` in the form in which RGW gives it the meaning that it has at Amazon.
 *
 * In RGW 16 every user is a separate account and owns its uploads, so it can read, change and delete them without any
 * policy. Here all users must behave as one account: what no statement allows is denied by name
 * (`NotAction` is taken and ignored), and with `s3:PutObjectAcl` the headers that set an ACL.
 */
export function ofOneAccount(policy: Policy): Policy {
  const patterns = policy.Statement.filter((it) => it.Effect === "Allow").flatMap((it) => it.Action);
  const denied = ["PutObject", ...OTHER_ACTIONS].map((name) => `s3:${name}`).filter((action) =>
    !patterns.some((it) => matches(action, it))
  );
  if (denied.length === 0) return policy;
  const statements: Statement[] = [{ Effect: "Deny", Action: denied, Resource: "*" }];
  if (denied.includes("s3:PutObjectAcl")) statements.push(...ACL_HEADERS);
  return { ...policy, Statement: [...policy.Statement, ...statements] };
}

function matches(action: string, pattern: string): boolean {
  const expression = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "i").test(action);
}
