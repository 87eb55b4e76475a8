import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { type Cluster, radosgwAdmin } from "./cluster.ts";
import type { Keys } from "./keys.ts";
import type { Policy } from "./policy.ts";

/** Temporary keys with their token. */
export interface SessionKeys extends Keys {
  readonly sessionToken: string;
}

/** Returns temporary credentials of `user`, from STS, for a role with `policy`. */
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
  const client = new STSClient({ endpoint, region: "us-east-1", credentials: keys });
  try {
    const session = {
      RoleArn: `arn:aws:iam:::role/${role}`,
      RoleSessionName: "session",
      DurationSeconds: seconds,
    };
    const { Credentials } = await client.send(new AssumeRoleCommand(session));
    return {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken!,
    };
  } finally {
    client.destroy();
  }
}
