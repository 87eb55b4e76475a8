import type { Host } from "../config/types.ts";
import { Misuse } from "../model/failure.ts";
import { OwnerClients } from "../provisioning/owner_clients.ts";
import {
  emitReplica,
  hasMirror,
  type ProvisionedReplica,
  provisionReplica,
} from "../provisioning/replicate.ts";
import { type HostLine, provisionFleet } from "./provision_fleet.ts";
import { type CommonOptions, environment, type Session } from "./session.ts";
import { countLine, noteUndone, stepLine } from "./vault_lines.ts";
import { vaultRecord } from "./vault_records.ts";

interface Options extends CommonOptions {
  readonly replicate: string;
  readonly apply?: boolean;
  readonly revoke?: boolean;
  readonly ownerCredentials?: string;
  readonly emit?: "policy" | "terraform";
}

/** `provision --replicate`: sets up Amazon's replication to a mirror of the config, for a host or for all that have it. */
export async function runReplica(
  session: Session,
  name: string | undefined,
  options: Options,
): Promise<void> {
  const { replicate: mirror, apply = false, revoke = false, emit } = options;
  const hosts = [...(await session.hosts()).values()];
  const wanted = name === undefined
    ? hosts.filter((it) => hasMirror(it, mirror))
    : [await session.host(name)];
  if (emit === "terraform") {
    throw new Misuse("Cannot write Terraform for a replication", { hint: "Use --emit policy" });
  }
  // Without a host with this mirror, the first one has the error.
  if (emit !== undefined || wanted.length === 0) {
    for (const host of wanted.length === 0 ? hosts.slice(0, 1) : wanted) {
      const description = emitReplica(host, mirror, hosts);
      session.output.document(JSON.stringify(description, null, 2), description);
    }
    return;
  }
  using owners = new OwnerClients(options.ownerCredentials, environment);
  const work = (host: Host): Promise<ProvisionedReplica> => {
    const each = (step: Parameters<typeof stepLine>[0]): void =>
      session.output.detail(`${host.name}: ${stepLine(step)}`);
    return provisionReplica(host, mirror, hosts, owners, { apply, revoke, each }, session.run);
  };
  if (name !== undefined) return printReplica(session, await work(wanted[0]!), options);
  const line = async (host: Host): Promise<HostLine> => {
    const done = await work(host);
    return { text: summary(done), object: record(done, options) };
  };
  // Hosts with buckets of their own can share the mirror's, whose lifecycle and policy are written as a whole.
  await provisionFleet(session, wanted, line, () => mirror);
}

function printReplica({ output }: Session, done: ProvisionedReplica, options: Options): void {
  output.data([...done.steps.map((it) => stepLine(it)), summary(done)], record(done, options));
  noteUndone(output, { ...done, keys: [] }, options.apply ?? false);
  if (options.revoke) {
    if (options.apply) output.say(`The copies in ${done.target} stay, and expire there`);
    return;
  }
  if (done.steps.some(({ name, made }) => name === "replication" && made)) {
    output.say(
      "S3 replicates what is stored from now on. The mirror is complete when all files were re-sent (refreshDays), or after " +
        "S3 Batch Replication of the older objects",
    );
  }
}

function summary(done: ProvisionedReplica): string {
  return `${done.host}: ${done.bucket} to ${done.target}: ${countLine({ ...done, keys: [] })}`;
}

function record(done: ProvisionedReplica, { apply = false, revoke = false }: Options): object {
  const { steps } = vaultRecord({ ...done, keys: [] }, false);
  return { event: "replication", ...done, applied: apply, revoked: revoke, steps };
}
