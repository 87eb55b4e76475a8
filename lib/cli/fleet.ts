import type { Host } from "../config/types.ts";
import { commandExitCode, EXIT, type ExitCode } from "./exit.ts";
import { formatNumber } from "./format.ts";
import { isRefusal, permissionsHint } from "./permission_check.ts";
import type { Session } from "./session.ts";

/** Maximum number of hosts named in a summary. */
const NAMED = 10;

/** Exit code of the work for one host. */
interface Outcome {
  readonly host: string;
  readonly code: ExitCode;
}

/**
 * Runs `work` for the named host, or for every host of the config. With several hosts, a failure of one is reported and
 * the others still run.
 *
 * @returns The worst exit code. Damage outranks a host that could not be checked.
 */
export async function forHosts(
  session: Session,
  name: string | undefined,
  work: (host: Host) => Promise<ExitCode>,
): Promise<ExitCode> {
  const hosts = await session.hostOrAll(name);
  const [only] = hosts;
  if (hosts.length === 1) return await work(only!);
  const outcomes: Outcome[] = [];
  for (const host of hosts) outcomes.push({ host: host.name, code: await codeOf(session, host, work) });
  summarize(session, outcomes);
  const worst = [EXIT.DAMAGE, EXIT.FAILED].find((code) => outcomes.some((it) => it.code === code));
  return worst ?? EXIT.DONE;
}

async function codeOf(
  session: Session,
  host: Host,
  work: (host: Host) => Promise<ExitCode>,
): Promise<ExitCode> {
  try {
    return await work(host);
  } catch (error) {
    if (session.run.signal.aborted) throw error;
    const advice = isRefusal(error) ? permissionsHint(session.configFile, ["--trusted"]) : undefined;
    session.output.failHost(host.name, error, advice);
    return commandExitCode(error) === EXIT.DAMAGE ? EXIT.DAMAGE : EXIT.FAILED;
  }
}

function summarize({ output }: Session, outcomes: readonly Outcome[]): void {
  const of = (code: ExitCode): string[] => outcomes.filter((it) => it.code === code).map(({ host }) => host);
  const [good, damaged, failed] = [of(EXIT.DONE), of(EXIT.DAMAGE), of(EXIT.FAILED)];
  const text = [
    `${formatNumber(outcomes.length, "host")}: ${good.length} good`,
    ...(damaged.length === 0 ? [] : [`${damaged.length} damaged (${few(damaged)})`]),
    ...(failed.length === 0 ? [] : [`${failed.length} could not be checked (${few(failed)})`]),
  ].join(", ");
  if (output.json) output.data("", { event: "hosts", good: good.length, damaged, failed });
  else output.say(text);
}

function few(hosts: readonly string[]): string {
  const more = hosts.length - NAMED;
  return more > 0 ? `${hosts.slice(0, NAMED).join(", ")} and ${more} more` : hosts.join(", ");
}
