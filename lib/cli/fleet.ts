import { HOSTS_AT_ONCE } from "../app/hosts.ts";
import type { Host } from "../config/types.ts";
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
type Work = (host: Host, session: Session) => Promise<ExitCode>;

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
  work: Work,
  atOnce: (hosts: readonly Host[]) => number = () => HOSTS_AT_ONCE,
): Promise<FleetResult> {
  const hosts = await session.hostOrAll(name);
  const [only] = hosts;
  if (hosts.length === 1) return resultOf([{ host: only!.name, code: await work(only!, session) }]);
  const outcomes = await Array.fromAsync(outcomesOf(session, hosts, atOnce(hosts), work));
  const result = resultOf(outcomes);
  const { good, damaged, failed, text } = result;
  if (session.output.json) session.output.data("", { event: "hosts", good, damaged, failed });
  else session.output.say(text);
  return result;
}

async function* outcomesOf(
  session: Session,
  hosts: readonly Host[],
  atOnce: number,
  work: Work,
): AsyncGenerator<Outcome> {
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
    const code = await codeOf(own, host, work);
    own.output.flush();
    return { host: host.name, code };
  });
}

async function codeOf(session: Session, host: Host, work: Work): Promise<ExitCode> {
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
