import { resolve } from "node:path/posix";
import { type Command, InvalidArgumentError, Option } from "commander";
import { defaultStateDirectory } from "../../config/state_directory.ts";
import { parseSize } from "../../config/size.ts";
import type { Host } from "../../config/types.ts";
import { assumedDaily, type Cost, measuredDaily, monthlyCost } from "../../provisioning/cost.ts";
import { emitPolicy, emitTerraform } from "../../provisioning/emit.ts";
import { sharedPlaces } from "../../provisioning/fleet.ts";
import { Misuse } from "../../model/failure.ts";
import { WRITER } from "../../provisioning/copy_places.ts";
import { OwnerClients, USER_PATTERN } from "../../provisioning/owner_clients.ts";
import { READER, READER_FILE } from "../../provisioning/user_places.ts";
import { provision, type Provisioned, type ProvisionOptions } from "../../provisioning/provision.ts";
import { act, command } from "../command.ts";
import { formatBytes } from "../format.ts";
import { provisionFleet } from "../provision_fleet.ts";
import { runReplica } from "../provision_replica.ts";
import { runReader } from "../provision_reader.ts";
import { onlyOf } from "../provision_user.ts";
import { runWriter } from "../provision_writer.ts";
import { costLines, keyLines, kitLine, noteUndone, stepLine, summary } from "../vault_lines.ts";
import { vaultRecord } from "../vault_records.ts";
import { type CommonOptions, environment, type Session } from "../session.ts";

/** Assumed size of a full backup, in bytes. */
const ASSUMED_SIZE = 10 * 1024 ** 3;

interface Options extends CommonOptions {
  readonly all?: boolean;
  readonly apply?: boolean;
  readonly rotate?: boolean;
  readonly finish?: boolean;
  readonly revoke?: boolean;
  readonly reader?: boolean;
  readonly replicate?: string;
  readonly credentials?: string;
  readonly user?: string;
  readonly kits?: string;
  readonly ownerCredentials?: string;
  readonly showKey?: boolean;
  readonly size: number;
  readonly measure?: boolean;
  readonly emit?: "policy" | "terraform";
}

/** `provision`: sets up a host's bucket, user and kit. Long because it has many options, one after the other. */
export function provisionCommand(): Command {
  return command(
    "provision",
    "create a host's bucket, its put-only user and the kit to copy to the host",
    "Without --apply it prints the current and the required settings, and changes nothing. With --apply it creates what " +
      "is missing, changes what differs, checks each step, and writes a directory to copy to the host (the kit): its " +
      "config, its credentials, the public keys and a crontab line. It is safe to repeat: correct settings are not " +
      "changed. The owner's administrator credentials come from NIGHTDROP_OWNER_ACCESS_KEY_ID and so on, else from AWS_….",
  )
    .argument("[host]", "host of the config")
    .option("--all", "all hosts of the config")
    .addOption(
      new Option("--reader", "the user that reads the buckets of all hosts, in the place of a host")
        .conflicts(["all", "measure", "kits", "replicate"]),
    )
    .addOption(
      new Option("--replicate <mirror>", "let Amazon's S3 copy new objects to a mirror of the config")
        .conflicts(["rotate", "measure", "kits"]),
    )
    .addOption(
      new Option(
        "--store <name>",
        "the buckets of a mirror of the config, or of `pins`, and the user who puts there; with --reader the user who reads it",
      ).conflicts(["replicate", "measure", "kits"]),
    )
    .option(
      "--credentials <file>",
      `with --reader or --store: file for the key (default: that of the config, else ${READER_FILE} or ` +
        "NAME.writer.credentials beside it)",
    )
    .option("--apply", "make the changes")
    .addOption(
      new Option("--rotate", "create a second key for the user; at Ceph, print the commands for it")
        .conflicts(["revoke", "all"]),
    )
    .addOption(
      new Option(
        "--finish",
        "with --rotate: remove the first key, after the second was used",
      ),
    )
    .option("--revoke", "deny the user all access, or end a replication; backups and copies are kept")
    .option(
      "--user <name>",
      `name of the user (default: ${USER_PATTERN}, where {host} is replaced; with --reader ${READER}, with --store ${WRITER}-NAME)`,
    )
    .option("--kits <dir>", "directory for the kits (default: `kits` beside the config)")
    .option(
      "--owner-credentials <file>",
      "administrator credentials, in the format of the AWS credentials file",
    )
    .option("--show-key", "also print a new key; it is always written to a file")
    .addOption(
      new Option("--size <size>", "stored size of a full backup, to estimate the cost of a month")
        .argParser(sizeOf).default(ASSUMED_SIZE, formatBytes(ASSUMED_SIZE)),
    )
    .addOption(
      new Option("--measure", "measure how much the bucket holds, instead of --size").conflicts("all"),
    )
    .addOption(
      new Option(
        "--emit <form>",
        "print the settings to apply them yourself, without a request to the provider",
      )
        .choices(["policy", "terraform"]).conflicts(["apply", "rotate", "revoke"]),
    )
    .example("provision web1.example.org", "print the plan")
    .example("provision web1.example.org --apply", "apply it")
    .example("provision --all --apply", "apply it for all hosts")
    .example("provision --all --replicate second --apply", "let Amazon copy all hosts to the mirror `second`")
    .example("provision web1.example.org --replicate second --revoke", "end it: what would be removed")
    .example("provision --reader --apply", "create the user that reads the backups on your side")
    .example("provision --store second --apply", "create the mirror `second` and the user who puts there")
    .action((host: string | undefined, options: Options) =>
      act(options, (session) => run(session, host, options))
    );
}

async function run(session: Session, name: string | undefined, options: Options): Promise<void> {
  if (options.finish && !options.rotate) {
    throw new Misuse("--finish needs --rotate", {
      hint: "Run --rotate, use the new key, then run --rotate --finish to remove the old one",
    });
  }
  if (options.reader) return await runReader(session, name, options);
  const { store } = options;
  if (store !== undefined) return await runWriter(session, name, { ...options, store });
  if (options.credentials !== undefined) throw new Misuse("--credentials needs --reader or --store");
  if ((name === undefined) !== (options.all ?? false)) {
    throw new Misuse("Name a host, or add --all or --reader", {
      hint: "Run `nightdrop provision --help` for examples",
    });
  }
  const { replicate } = options;
  if (options.revoke && options.all && replicate === undefined) {
    throw new Misuse("Cannot revoke all hosts at once", { hint: "Name the host: provision HOST --revoke" });
  }
  if (replicate !== undefined) return await runReplica(session, name, { ...options, replicate });
  if (options.emit) return emit(session, await session.hostOrAll(name), options);
  using owners = new OwnerClients(options.ownerCredentials, environment);
  const work = (host: Host): Promise<Provisioned> => provisionHost(session, owners, host, options);
  await warnOfSharing(session, name);
  if (name !== undefined) {
    const host = await session.host(name);
    const done = await work(host);
    return printResult(session, done, await costOf(session, owners, host, done, options), options);
  }
  await provisionFleet(session, await session.hostOrAll(undefined), async (host) => {
    const done = await work(host);
    return { text: [summary(done), ...kitLine(done)].join("; "), object: record(done, options) };
  });
}

/** Warns about hosts with the same bucket and prefix: policies cannot protect them from each other. */
async function warnOfSharing(session: Session, name: string | undefined): Promise<void> {
  const hosts = (await session.hosts()).values();
  for (const [place, sharing] of sharedPlaces(hosts)) {
    if (name !== undefined && !sharing.some((it) => it.name === name)) continue;
    const who = sharing.length > 3 ? `${sharing.length} hosts` : sharing.map((it) => it.name).join(" and ");
    session.output.warn(
      `${who} share ${place}, where each can put objects into the directories of the others: set a separate ` +
        'store.prefix for each, such as "{host}"',
    );
  }
}

async function provisionHost(
  session: Session,
  owners: OwnerClients,
  host: Host,
  options: Options,
): Promise<Provisioned> {
  const configDirectory = resolve(session.configFile, "..");
  const how: ProvisionOptions = {
    apply: options.apply ?? false,
    user: options.user,
    only: onlyOf(options),
    each: (step) => session.output.detail(`${host.name}: ${stepLine(step)}`),
    directory: resolve(options.kits ?? `${configDirectory}/kits`, host.name),
    configDirectory,
    defaultState: defaultStateDirectory(Deno.uid(), environment),
  };
  const done = await provision(host, owners, how, session.run);
  if (done.otherBucket) {
    session.output.warn(
      `${host.name}: the bucket does not have the identity that its kit names: copy the new backup.config.ts to the ` +
        "host. Until then its backups refer to objects of the other bucket and cannot be restored",
    );
  }
  return done;
}

function emit(session: Session, hosts: readonly Host[], { emit, user = USER_PATTERN }: Options): void {
  const values = emit === "terraform"
    ? [emitTerraform(hosts, user)]
    : hosts.map((host) => emitPolicy(host, user));
  for (const value of values) session.output.document(JSON.stringify(value, null, 2), value);
}

/** Returns the cost of a month; undefined if the provider is not Amazon, whose prices alone are known. */
async function costOf(
  session: Session,
  owners: OwnerClients,
  host: Host,
  { dialect, steps }: Provisioned,
  { size, measure }: Options,
): Promise<Cost | undefined> {
  if (dialect !== "amazon" || steps.length === 0) return undefined;
  const measured = measure ? await measuredDaily(host, owners, session.run.now()) : undefined;
  return monthlyCost(host, measured ?? assumedDaily(host, size));
}

function printResult(session: Session, done: Provisioned, cost: Cost | undefined, options: Options): void {
  const lines = [
    ...done.steps.map((it) => stepLine(it)),
    ...done.keys.flatMap((it) => keyLines(it, options.showKey ?? false)),
    ...kitLine(done),
    ...(cost === undefined ? [] : costLines(cost)),
    summary(done),
  ];
  session.output.data(lines, { ...record(done, options), ...(cost && { cost }) });
  noteUndone(session.output, done, options.apply ?? false);
}

function sizeOf(text: string): number {
  const bytes = parseSize(text);
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new InvalidArgumentError('Give a size such as "10 GiB".');
}

/** Returns the record for `--json`. */
function record(done: Provisioned, { apply = false, showKey = false }: Options): object {
  return { event: "provision", ...done, applied: apply, ...vaultRecord(done, showKey) };
}
