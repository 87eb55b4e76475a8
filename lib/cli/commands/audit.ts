import type { Command } from "commander";
import { resolve } from "node:path";
import { type Attempt, audit, type AuditResult, type Drift, isAsWanted } from "../../provisioning/audit.ts";
import { OwnerClients, ownerGiven, USER_PATTERN } from "../../provisioning/owner_clients.ts";
import { printable } from "../../model/printable.ts";
import { act, command } from "../command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { formatNumber } from "../format.ts";
import { type CommonOptions, environment, type Session } from "../session.ts";

interface Options extends CommonOptions {
  readonly credentials?: string;
  readonly ownerCredentials?: string;
  readonly user: string;
}

/** `audit`: the host can put, and nothing else. */
export function auditCommand(): Command {
  return command(
    "audit",
    "try, with a host's own credentials, all that must be refused",
    "Tries to read, list, change, publish, delete and reconfigure with the credentials of a host, in its own bucket and " +
      "in those of others, and without any credentials. What it tries does no harm where it is allowed. It stores one " +
      "small object, which stays until it expires, for a host can delete nothing. With the owner's credentials, from " +
      "NIGHTDROP_OWNER_ACCESS_KEY_ID and so on or a file, it also compares the settings of the bucket and of the host's " +
      "user with the config.",
  )
    .argument("<host>", "a host of the config")
    .option(
      "--credentials <file>",
      "the host's credentials file; by default what the config says of the store",
    )
    .option(
      "--owner-credentials <file>",
      "administrator credentials, to compare the settings with the config",
    )
    .option("--user <name>", "the host's user; {host} is replaced", USER_PATTERN)
    .example(
      "audit web1.example.org",
      "exit code 4 when anything but putting is possible, or a promise is broken",
    )
    .action((host: string, options: Options) => act(options, (session) => run(session, host, options)));
}

async function run(session: Session, name: string, options: Options): Promise<ExitCode> {
  const { output } = session;
  const { credentials, ownerCredentials, user } = options;
  const host = await session.host(name);
  const others = (await session.hosts()).values();
  const given = ownerGiven(ownerCredentials, environment);
  using owners = given ? new OwnerClients(ownerCredentials, environment) : undefined;
  const request = {
    host,
    others,
    credentials: credentials === undefined ? undefined : { file: resolve(credentials) },
    owners,
    user,
  };
  const reported = {
    attempt: (it: Attempt): void => output.data(attemptLine(it), { event: "attempt", ...it }),
    drift: (it: Drift): void => output.data(driftLine(it), { event: "drift", ...it }),
  };
  const result = await audit(request, environment, reported, session.run.now());
  output.say(`Left behind: the small object ${result.object}, which expires with the rest`);
  output.data(`${host.name}: ${verdict(result)}`, { event: "audited", ...result });
  if (owners === undefined) {
    output.say("The settings were not compared with the config: that takes the owner's credentials");
  }
  return result.wrong + result.broken === 0 ? EXIT.DONE : EXIT.DAMAGE;
}

function verdict({ attempts, wrong, drifts, broken }: AuditResult): string {
  const tried = formatNumber(attempts, "attempt");
  const settings = drifts === undefined
    ? ""
    : drifts === 0
    ? "; the settings are as in the config"
    : `; ${formatNumber(drifts, "setting")} other than in the config`;
  if (wrong + broken === 0) return `good: it can put new objects, and nothing else (${tried})${settings}`;
  const first = wrong === 0
    ? "it can put new objects, and nothing else"
    : `${formatNumber(wrong, "thing")} not as wanted`;
  return `BAD: ${first} (${tried})${settings}`;
}

const WORDS = {
  allowed: "allowed",
  refused: "refused",
  kept: "as a new version",
  lacking: "not to be had",
} as const;

function attemptLine(attempt: Attempt): string {
  const { name, found, wanted, answer, remedy } = attempt;
  const good = isAsWanted(attempt);
  const row = `${good ? "ok   " : "WRONG"}  ${WORDS[found].padEnd(16)}  ${name} (${answer})`;
  return good ? row : `${row}: wanted ${wanted}. ${remedy}`;
}

function driftLine({ name, wanted, found, broken }: Drift): string {
  return `${broken ? "WRONG" : "drift"}  ${name}: ${
    printable(found)
  }: wanted ${wanted}. \`provision --apply\` sets it right`;
}
