import type { Command } from "commander";
import { resolve } from "node:path";
import { atStore } from "../../config/copies.ts";
import type { Host } from "../../config/types.ts";
import { Misuse } from "../../model/failure.ts";
import {
  type Attempt,
  audit,
  type AuditReporter,
  type AuditResult,
  type Drift,
  isAsWanted,
} from "../../provisioning/audit.ts";
import { auditReader } from "../../provisioning/audit_reader.ts";
import { OwnerClients, ownerGiven, USER_PATTERN } from "../../provisioning/owner_clients.ts";
import { WRITER } from "../../provisioning/copy_places.ts";
import { writerDrifts } from "../../provisioning/writing.ts";
import { READER } from "../../provisioning/user_places.ts";
import { printable } from "../../model/printable.ts";
import { shellWord } from "../../model/shell.ts";
import { act, command } from "../command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { formatNumber } from "../format.ts";
import { placesOf } from "../provision_reader.ts";
import { configHosts, writerPlaces } from "../provision_writer.ts";
import { type CommonOptions, environment, type Session } from "../session.ts";

interface Options extends CommonOptions {
  readonly credentials?: string;
  readonly ownerCredentials?: string;
  readonly user?: string;
  readonly reader?: boolean;
}

/** `audit`: tests that credentials can do what they are for, and nothing else. Long because it has many options, one after the other. */
export function auditCommand(): Command {
  return command(
    "audit",
    "test that a host's credentials can put objects, or a reader's read, and nothing else",
    "Tries to read, list, change, publish, delete and reconfigure with the credentials of a host and without any " +
      "credentials, in its own bucket and in those of other hosts. No attempt does harm if it is allowed. It stores one " +
      "small object, which stays until it expires because a host cannot delete. With the owner's credentials, from a " +
      "file or from NIGHTDROP_OWNER_ACCESS_KEY_ID and so on, it also compares the settings of the bucket and of the " +
      "host's user with the config. With --reader it tests the credentials of the user that reads the backups: it tries to " +
      "read and list in all buckets of the config, and to change everything else. Then it stores nothing.",
  )
    .argument("[host]", "host of the config")
    .option("--reader", "the user that `provision --reader` creates, in the place of a host")
    .option(
      "--store <name>",
      "the user who puts into a mirror of the config; with --reader the user who reads it, or `pins`",
    )
    .option(
      "--credentials <file>",
      "credentials file of the host or the reader (default: store.credentials in the config)",
    )
    .option(
      "--owner-credentials <file>",
      "credentials file of the owner, to compare the settings with the config",
    )
    .option(
      "--user <name>",
      `name of the user (default: ${USER_PATTERN}, where {host} is replaced; with --reader ${READER}, with --store ${WRITER}-NAME)`,
    )
    .example(
      "audit web1.example.org",
      "exit code 4 if the host can do more than put, or a setting weakens the protection",
    )
    .example(
      "audit web1.example.org --store second",
      "exit code 4 if the user of the mirror can do more than put",
    )
    .example("audit --reader", "exit code 4 if the reader can do more than read")
    .action((host: string | undefined, options: Options) =>
      act(options, (session) => run(session, host, options))
    );
}

async function run(session: Session, name: string | undefined, options: Options): Promise<ExitCode> {
  if (options.reader) return await runReader(session, name, options);
  if (name === undefined) {
    throw new Misuse("Name a host, or add --reader", { hint: "Run `nightdrop audit --help` for examples" });
  }
  const { store } = options;
  if (store !== undefined) return await runWriter(session, name, { ...options, store });
  return await runHost(session, await session.host(name), options);
}

/** Audits the user who puts into a mirror, in the directory of a host there. */
async function runWriter(
  session: Session,
  name: string,
  options: Options & { readonly store: string },
): Promise<ExitCode> {
  const { output } = session;
  const copies = await writerPlaces(session, name, options);
  if (copies.kind === "pins") {
    throw new Misuse("Cannot audit the user who puts pins: it may also remove them", {
      hint: "Run `nightdrop provision --store pins` to compare its policy and the bucket",
    });
  }
  const all = await configHosts(session, options);
  const host = all.get(name)!;
  const [store] = copies.stores;
  using owners = ownersOf(options);
  const request = {
    host: atStore(host, host.mirrors.find((it) => it.name === options.store)!.store),
    others: [...all.values()],
    credentials: credentialsOf(options) ?? (copies.isNamed ? store.credentials : { file: copies.file }),
    owners,
    user: copies.user,
    compare: (owners: OwnerClients) => writerDrifts(copies, owners, session.run),
  };
  const remedy = `--store ${shellWord(options.store)}`;
  const result = await audit(request, environment, reporter(session, remedy), session.run.now());
  output.say(`Stored the test object ${result.object}: it expires like the backups`);
  const { store: mirror } = copies;
  output.data(`${copies.user}: ${verdict(result, "put new objects")}`, {
    event: "audited",
    ...result,
    mirror,
  });
  return conclude(session, owners, result);
}

/** Audits the user that reads the backups. */
async function runReader(session: Session, name: string | undefined, options: Options): Promise<ExitCode> {
  const { output } = session;
  const places = await placesOf(session, name, options);
  using owners = ownersOf(options);
  const request = { places, credentials: credentialsOf(options), owners };
  const result = await auditReader(request, environment, reporter(session, "--reader"), session.run);
  output.data(`${places.user}: ${verdict(result, "list and read")}`, { event: "readerAudited", ...result });
  return conclude(session, owners, result);
}

function ownersOf({ ownerCredentials }: Options): OwnerClients | undefined {
  const given = ownerGiven(ownerCredentials, environment);
  return given ? new OwnerClients(ownerCredentials, environment) : undefined;
}

function credentialsOf({ credentials }: Options): { readonly file: string } | undefined {
  return credentials === undefined ? undefined : { file: resolve(credentials) };
}

function reporter({ output }: Session, subject = ""): AuditReporter {
  return {
    attempt: (it: Attempt): void => output.data(attemptLine(it), { event: "attempt", ...it }),
    drift: (it: Drift): void => output.data(driftLine(it, subject), { event: "drift", ...it }),
  };
}

function conclude(
  { output }: Session,
  owners: OwnerClients | undefined,
  { wrong, broken }: Pick<AuditResult, "wrong" | "broken">,
): ExitCode {
  if (owners === undefined) {
    output.say("Did not compare the settings with the config: add --owner-credentials FILE");
  }
  return wrong + broken === 0 ? EXIT.DONE : EXIT.DAMAGE;
}

async function runHost(session: Session, host: Host, options: Options): Promise<ExitCode> {
  const { output } = session;
  const others = [...(await session.hosts()).values()];
  using owners = ownersOf(options);
  const { user = USER_PATTERN } = options;
  const request = { host, others, credentials: credentialsOf(options), owners, user };
  const result = await audit(request, environment, reporter(session, host.name), session.run.now());
  output.say(`Stored the test object ${result.object}: it expires like the backups`);
  output.data(`${host.name}: ${verdict(result, "put new objects")}`, { event: "audited", ...result });
  return conclude(session, owners, result);
}

function verdict(
  { attempts, wrong, drifts, broken }: Pick<AuditResult, "attempts" | "wrong" | "drifts" | "broken">,
  can: string,
): string {
  const tried = formatNumber(attempts, "attempt");
  const settings = drifts === undefined
    ? ""
    : drifts === 0
    ? "; the settings match the config"
    : `; ${formatNumber(drifts, "setting")} different from the config`;
  if (wrong + broken === 0) return `good: it can ${can} and nothing else (${tried})${settings}`;
  const first = wrong === 0
    ? `it can ${can} and nothing else`
    : `${formatNumber(wrong, "attempt")} with a wrong result`;
  return `BAD: ${first} (${tried})${settings}`;
}

const WORDS = {
  allowed: "allowed",
  refused: "refused",
  kept: "as a new version",
  lacking: "not supported",
} as const;

function attemptLine(attempt: Attempt): string {
  const { name, found, wanted, answer, remedy } = attempt;
  const good = isAsWanted(attempt);
  const row = `${good ? "ok   " : "WRONG"}  ${WORDS[found].padEnd(16)}  ${name} (${answer})`;
  return good ? row : `${row}: expected ${wanted}. ${remedy}`;
}

/** @param subject Argument of `provision` for what was audited. */
function driftLine({ name, wanted, found, broken, mirror }: Drift, subject: string): string {
  const place = mirror === undefined ? "" : `mirror ${mirror}: `;
  const replicate = mirror === undefined ? "" : ` --replicate ${shellWord(mirror)}`;
  const remedy = `Run \`nightdrop provision ${subject}${replicate} --apply\` to change it`;
  return `${broken ? "WRONG" : "drift"}  ${place}${name}: ${printable(found)}: expected ${wanted}. ${remedy}`;
}
