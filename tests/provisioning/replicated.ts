/** Hosts with a mirror at the server that answers like Amazon's manuals. */
import type { Host } from "../../lib/config/types.ts";
import { type ProvisionedReplica, provisionReplica } from "../../lib/provisioning/replicate.ts";
import type { Amazon } from "../support/amazon.ts";
import { config } from "../support/amazon_host.ts";
import { type Desk, states as statesOf } from "../support/vault.ts";

const PATHS = { paths: ["/etc"] };

/** Returns hosts with a mirror in another region. */
export function hosts(
  amazon: Amazon,
  desk: Desk,
  { store = {}, mirror = {}, names = ["web1"] }: { store?: object; mirror?: object; names?: string[] } = {},
): Host[] {
  const base = config(amazon, Object.fromEntries(names.map((name) => [name, PATHS])), store);
  const second = {
    kind: "s3",
    bucket: "second-{host}",
    region: "eu-west-1",
    endpoint: amazon.endpoint,
    ...mirror,
  };
  const mirrors = { second: { store: second }, disk: { store: { kind: "directory", path: "/mnt" } } };
  return desk.hosts({ ...base, mirrors } as Parameters<Desk["hosts"]>[0]);
}

/** Plans, applies or ends the replication of the first host. */
export function replicate(
  desk: Desk,
  all: readonly Host[],
  { apply = false, revoke = false, name = "second" }: { apply?: boolean; revoke?: boolean; name?: string } =
    {},
): Promise<ProvisionedReplica> {
  return provisionReplica(all[0]!, name, all, desk.owners, { apply, revoke }, desk.run);
}

/** Returns the states of the steps by name. */
export const states = (done: ProvisionedReplica): Record<string, string> => statesOf({ ...done } as never);
