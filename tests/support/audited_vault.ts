/** Vaults that `provision` created on the real server, audited with the owner's credentials. */
import assert from "node:assert/strict";
import { PutUserPolicyCommand } from "@aws-sdk/client-iam";
import {
  type Attempt,
  audit,
  type AuditResult,
  type Drift,
  isAsWanted,
} from "../../lib/provisioning/audit.ts";
import type { Host } from "../../lib/config/types.ts";
import { vaultRequest } from "../../lib/provisioning/owner_clients.ts";
import { describeVault } from "../../lib/store/vault/description.ts";
import type { Owner } from "../../lib/store/vault/owner.ts";
import type { PolicyStatement } from "../../lib/store/vault/policy.ts";
import type { Cluster } from "../../scripts/rgw/cluster.ts";
import { rgwTest } from "./rgw.ts";
import { giveKeys, newHost } from "./rgw_host.ts";
import { type Desk, withDesk } from "./vault.ts";

/** Pattern for the names of the hosts' users. */
export const PATTERN = "nightdrop-{host}";

/** Host with a complete vault, and functions to damage it. */
export interface Vault {
  readonly host: Host;
  readonly bucket: string;
  readonly owner: Owner;
}

/** Registers a test of a vault that `provision` has just created. */
export function vaultTest(
  title: string,
  body: (vault: Vault, desk: Desk, rgw: Cluster) => Promise<void>,
  store: object = {},
): void {
  rgwTest(title, (rgw) =>
    withDesk(async (desk) => {
      const host = newHost(rgw, desk, store);
      await giveKeys(rgw, desk, host);
      await desk.provision(host, { apply: true });
      const vault = { host, bucket: `${host.name}-backups`, owner: await desk.owners.of(host) };
      await body(vault, desk, rgw);
    }));
}

export interface Audited extends AuditResult {
  readonly wrongs: string[];
  readonly drifted: Drift[];
}

/** Runs an audit with the credentials of the host and of the owner. */
export async function auditWithOwner(
  { host }: Vault,
  desk: Desk,
  others: readonly Host[] = [],
): Promise<Audited> {
  const [attempts, drifted]: [Attempt[], Drift[]] = [[], []];
  const credentials = { file: `${desk.kit(host)}/credentials` };
  const reported = {
    attempt: (it: Attempt) => void attempts.push(it),
    drift: (it: Drift) => void drifted.push(it),
  };
  const request = { host, others, credentials, owners: desk.owners, user: PATTERN };
  const result = await audit(request, () => undefined, reported, new Date());
  const wrongs = attempts.filter((it) => !isAsWanted(it)).map(({ name }) => name);
  assert.deepEqual([result.wrong, result.drifts], [wrongs.length, drifted.length]);
  return { ...result, wrongs, drifted };
}

/** Returns the policy of the host, with changes. */
export async function setHostPolicy(
  { host, owner }: Vault,
  change: (statements: readonly PolicyStatement[]) => readonly PolicyStatement[],
): Promise<void> {
  const { user, userPolicy } = describeVault(vaultRequest(host, PATTERN), "ceph");
  const PolicyDocument = JSON.stringify({ ...userPolicy, Statement: change(userPolicy.Statement) });
  await owner.iam.send(new PutUserPolicyCommand({ UserName: user, PolicyName: "nightdrop", PolicyDocument }));
}

/** Allows what the policy denies by name. */
export function alsoAllowing(action: string): (statements: readonly PolicyStatement[]) => PolicyStatement[] {
  return (statements) => [
    ...statements.map((it) =>
      it.Effect === "Allow" ? it : { ...it, Action: [it.Action].flat().filter((name) => name !== action) }
    ),
    { Sid: "More", Effect: "Allow", Action: action, Resource: statements[0]!.Resource },
  ];
}
