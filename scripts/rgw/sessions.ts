import type { Keys } from "./keys.ts";
import { type Cluster, radosgwAdmin } from "./cluster.ts";
import type { Policy } from "./policy.ts";
import { signed } from "./signed.ts";

/** Keys that are good for a while, together with their token. */
export interface SessionKeys extends Keys {
  readonly sessionToken: string;
}

/** Temporary credentials of `user`, whose keys are `keys`: by STS, as a role of its own that may do what `policy` says. */
export async function sessionKeys(
  cluster: Cluster,
  user: string,
  keys: Keys,
  policy: Policy,
  seconds: number,
): Promise<SessionKeys> {
  const role = `role-of-${user}`.slice(0, 64);
  const Principal = { AWS: [`arn:aws:iam:::user/${user}`] };
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal, Action: ["sts:AssumeRole"] }],
  };
  const named = `--role-name=${role}`;
  await radosgwAdmin(cluster, ["role", "create", named, `--assume-role-policy-doc=${JSON.stringify(trust)}`]);
  const put = ["role-policy", "put", named, "--policy-name=policy", `--policy-doc=${JSON.stringify(policy)}`];
  await radosgwAdmin(cluster, put);
  return await assume(cluster, keys, role, seconds);
}

async function assume(
  { endpoint }: Cluster,
  keys: Keys,
  role: string,
  seconds: number,
): Promise<SessionKeys> {
  const form = {
    Action: "AssumeRole",
    Version: "2011-06-15",
    RoleArn: `arn:aws:iam:::role/${role}`,
    RoleSessionName: "session",
    DurationSeconds: `${seconds}`,
  };
  const answer = await fetch(endpoint, signed("sts", new URL(endpoint).host, keys, form));
  const text = await answer.text();
  const field = (name: string): string => {
    const value = new RegExp(`<${name}>(.*?)</${name}>`).exec(text)?.[1];
    if (value === undefined) throw new Error(`AssumeRole: ${answer.status} ${text}`);
    return value;
  };
  return {
    accessKeyId: field("AccessKeyId"),
    secretAccessKey: field("SecretAccessKey"),
    sessionToken: field("SessionToken"),
  };
}
