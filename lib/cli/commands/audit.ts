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

/** `audit`: tests that a host's credentials can put objects, and nothing else. */
export function auditCommand(): Command {
  return command(
    "audit",
    "test that a host's credentials can put objects and nothing else",
    "Tries to read, list, change, publish, delete and reconfigure with the credentials of a host and without any " +
      "credentials, in its own bucket and in those of other hosts. No attempt does harm if it is allowed. It stores one " +
      "small object, which stays until it expires because a host cannot delete. With the owner's credentials, from a " +
      "file or from NIGHTDROP_OWNER_ACCESS_KEY_ID and so on, it also compares the settings of the bucket and of the " +
      "host's user with the config.",
  )
    .argument("<host>", "host of the config")
    .option(
      "--credentials <file>",
      "credentials file of the host (default: store.credentials in the config)",
    )
    .option(
      "--owner-credentials <file>",
      "credentials file of the owner, to compare the settings with the config",
    )
    .option("--user <name>", "name of the host's user; {host} is replaced", USER_PATTERN)
    .example(
      "audit web1.example.org",
      "exit code 4 if the host can do more than put, or a setting weakens the protection",
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
  output.say(`Stored the test object ${result.object}: it expires like the backups`);
  output.data(`${host.name}: ${verdict(result)}`, { event: "audited", ...result });
  if (owners === undefined) {
    output.say("Did not compare the settings with the config: add --owner-credentials FILE");
  }
  return result.wrong + result.broken === 0 ? EXIT.DONE : EXIT.DAMAGE;
}

function verdict({ attempts, wrong, drifts, broken }: AuditResult): string {
  const tried = formatNumber(attempts, "attempt");
  const settings = drifts === undefined
    ? ""
    : drifts === 0
    ? "; the settings match the config"
    : `; ${formatNumber(drifts, "setting")} different from the config`;
  if (wrong + broken === 0) return `good: it can put new objects and nothing else (${tried})${settings}`;
  const first = wrong === 0
    ? "it can put new objects and nothing else"
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

function driftLine({ name, wanted, found, broken }: Drift): string {
  return `${broken ? "WRONG" : "drift"}  ${name}: ${
    printable(found)
  }: expected ${wanted}. Run \`nightdrop provision --apply\` to change it`;
}
