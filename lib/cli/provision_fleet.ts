import { forEachHost } from "../provisioning/fleet.ts";
import { Failure, reason } from "../model/failure.ts";
import type { Host } from "../config/types.ts";
import { formatNumber } from "./format.ts";
import type { Session } from "./session.ts";

/** Maximum number of hosts named in an error. */
const NAMED = 10;

/** Result of the work for a host, as it is printed. */
export interface HostLine {
  readonly text: string;
  readonly object: object;
}

/**
 * Does the work for each host, and reports the failed ones at the end.
 *
 * @param keyOf Returns the same key for hosts that run one after the other. Default: those that share a bucket.
 */
export async function provisionFleet(
  session: Session,
  hosts: readonly Host[],
  work: (host: Host) => Promise<HostLine>,
  keyOf?: (host: Host) => string,
): Promise<void> {
  const failed: string[] = [];
  await forEachHost(
    hosts,
    async (host) => {
      try {
        const { text, object } = await work(host);
        session.output.data(text, object);
      } catch (error) {
        if (session.run.signal.aborted) throw error;
        failed.push(host.name);
        const why = { event: "failed", host: host.name, message: reason(error) };
        session.output.data(`${host.name}: FAILED: ${reason(error)}`, why);
      }
    },
    session.run.signal,
    keyOf,
  );
  const count = formatNumber(hosts.length, "host");
  if (failed.length === 0) return session.output.say(`${count}, none failed`);
  throw new Failure(`${failed.length} of ${count} failed: ${few(failed)}`, {
    hint: "Fix the causes and run provision again: correct settings are not changed",
  });
}

/** Returns the first names of a list. Each failed host also has its own line. */
function few(names: readonly string[]): string {
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(", ")} and ${more} more` : names.join(", ");
}
