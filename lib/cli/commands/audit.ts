import type { Command } from "args";
import { resolve } from "node:path";
import { type Attempt, audit, isAsWanted } from "../../audit.ts";
import { act, command, examples } from "../command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { formatNumber } from "../format.ts";
import { type CommonOptions, environment, type Session } from "../session.ts";

interface Options extends CommonOptions {
  readonly credentials?: string;
}

/** `audit`: the host can put, and nothing else. */
export function auditCommand(): Command {
  return command(
    "audit",
    "try, with a host's own credentials, all that must be refused",
    "Tries to read, list, change, publish, delete and reconfigure with the credentials of a host, in its own bucket and " +
      "in those of others, and without any credentials. What it tries does no harm where it is allowed. It stores one " +
      "small object, which stays until it expires, for a host can delete nothing.",
  )
    .argument("<host>", "a host of the config")
    .option(
      "--credentials <file>",
      "the host's credentials file; by default what the config says of the store",
    )
    .addHelpText(
      "after",
      examples(["audit web1.example.org", "exit code 4 when anything but putting is possible"]),
    )
    .action((host: string, options: Options) => act(options, (session) => run(session, host, options)));
}

async function run(session: Session, name: string, { credentials }: Options): Promise<ExitCode> {
  const { output } = session;
  const host = await session.host(name);
  const others = (await session.hosts()).values();
  const file = credentials === undefined ? undefined : { file: resolve(credentials) };
  const tell = (attempt: Attempt): void => output.data(line(attempt), { event: "attempt", ...attempt });
  const result = await audit({ host, others, credentials: file }, environment, tell, session.run.now());
  const verdict = result.wrong === 0
    ? "good: it can put new objects, and nothing else"
    : `BAD: ${formatNumber(result.wrong, "thing")} not as wanted`;
  output.data(`${host.name}: ${verdict} (${formatNumber(result.attempts, "attempt")})`, {
    event: "audited",
    ...result,
  });
  return result.wrong === 0 ? EXIT.DONE : EXIT.DAMAGE;
}

const WORDS = {
  allowed: "allowed",
  refused: "refused",
  kept: "as a new version",
  lacking: "not to be had",
} as const;

function line(attempt: Attempt): string {
  const { name, found, wanted, answer, remedy } = attempt;
  const good = isAsWanted(attempt);
  const row = `${good ? "ok   " : "WRONG"}  ${WORDS[found].padEnd(16)}  ${name} (${answer})`;
  return good ? row : `${row}: wanted ${wanted}. ${remedy}`;
}
