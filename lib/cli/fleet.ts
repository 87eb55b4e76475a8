import { HOSTS_AT_ONCE } from "../app/hosts.ts";
import type { Host } from "../config/types.ts";
import { DEFAULT_PART_BYTES } from "../model/receipt.ts";
import { inOrder } from "../workers/in_order.ts";
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

/** Result of the work for several hosts. */
export interface FleetResult {
  readonly code: ExitCode;
  readonly good: number;
  /** Names of the hosts with damage. */
  readonly damaged: readonly string[];
  /** Names of the hosts that could not be checked. */
  readonly failed: readonly string[];
  /** One line for people. */
  readonly text: string;
}

/** Work for one host. The session that it gets prints its output together with that of no other host. */
type Work<Result> = (host: Host, session: Session) => Promise<Result>;

/** Bytes of objects that are in memory at the same time. */
const MAX_MEMORY = HOSTS_AT_ONCE * DEFAULT_PART_BYTES;

/** Returns for how many hosts objects are read at the same time. */
export function readAtOnce(hosts: readonly Host[]): number {
  const largest = Math.max(...hosts.map(({ partSize = DEFAULT_PART_BYTES }) => partSize));
  return Math.max(1, Math.min(HOSTS_AT_ONCE, Math.floor(MAX_MEMORY / largest)));
}

/**
 * Runs `work` for the named host, or for every host of the config, for several at the same time. Their output is printed in
 * the order of the config. With several hosts, a failure of one is reported and the others still run.
 *
 * @param atOnce Number of hosts at the same time.
 * @returns The result, with the worst exit code. Damage outranks a host that could not be checked.
 */
export async function forHosts(
  session: Session,
  name: string | undefined,
  work: Work<ExitCode>,
  atOnce: (hosts: readonly Host[]) => number = () => HOSTS_AT_ONCE,
): Promise<FleetResult> {
  const hosts = await session.hostOrAll(name);
  const [only] = hosts;
  if (hosts.length === 1) return resultOf([{ host: only!.name, code: await work(only!, session) }]);
  const outcome = async (host: Host, own: Session): Promise<Outcome> => ({
    host: host.name,
    code: await codeOf(own, host, work),
  });
  const outcomes = await Array.fromAsync(eachHost(session, hosts, atOnce(hosts), outcome));
  const result = resultOf(outcomes);
  const { good, damaged, failed, text } = result;
  if (session.output.json) session.output.data("", { event: "hosts", good, damaged, failed });
  else session.output.say(text);
  return result;
}

/**
 * Runs `work` for several hosts at the same time, and yields the results in the order of the hosts, in which their output is
 * printed too.
 *
 * @param atOnce Number of hosts at the same time.
 */
export async function* eachHost<Result>(
  session: Session,
  hosts: readonly Host[],
  atOnce: number,
  work: Work<Result>,
): AsyncGenerator<Result> {
  const { output } = session;
  const turns = output.turns();
  const admitted = async function* (): AsyncGenerator<Host> {
    for (const host of hosts) {
      await turns.room();
      yield host;
    }
  };
  yield* inOrder(admitted(), atOnce, async (host) => {
    using turn = turns.begin();
    const own = session.withOutput(output.to(turn));
    const result = await work(host, own);
    own.output.flush();
    return result;
  });
}

async function codeOf(session: Session, host: Host, work: Work<ExitCode>): Promise<ExitCode> {
  try {
    return await work(host, session);
  } catch (error) {
    if (session.run.signal.aborted) throw error;
    const advice = isRefusal(error) ? permissionsHint(session.configFile, ["--trusted"]) : undefined;
    session.output.failHost(host.name, error, advice);
    return commandExitCode(error) === EXIT.DAMAGE ? EXIT.DAMAGE : EXIT.FAILED;
  }
}

function resultOf(outcomes: readonly Outcome[]): FleetResult {
  const of = (code: ExitCode): string[] => outcomes.filter((it) => it.code === code).map(({ host }) => host);
  const [good, damaged, failed] = [of(EXIT.DONE), of(EXIT.DAMAGE), of(EXIT.FAILED)];
  const text = [
    `${formatNumber(outcomes.length, "host")}: ${good.length} good`,
    ...(damaged.length === 0 ? [] : [`${damaged.length} damaged (${few(damaged)})`]),
    ...(failed.length === 0 ? [] : [`${failed.length} could not be checked (${few(failed)})`]),
  ].join(", ");
  const code = damaged.length > 0 ? EXIT.DAMAGE : failed.length > 0 ? EXIT.FAILED : EXIT.DONE;
  return { code, good: good.length, damaged, failed, text };
}

function few(hosts: readonly string[]): string {
  const more = hosts.length - NAMED;
  return more > 0 ? `${hosts.slice(0, NAMED).join(", ")} and ${more} more` : hosts.join(", ");
}
