import { notifyOwner } from "../app/owner_notifier.ts";
import type { NotifyingCommand } from "../config/notifying_commands.ts";
import { reason } from "../model/failure.ts";
import { commandExitCode, EXIT, type ExitCode } from "./exit.ts";
import { environment, type Session } from "./session.ts";

/** Result of a command, for its exit code and for the owner's notifications. */
export interface Noticed {
  readonly code: ExitCode;
  /** Lines for people. */
  readonly lines: readonly string[];
  /** Keys of the JSON object for the webhook. */
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Runs a command and notifies the owner of its result, or of the error that ended it. An interrupted command sends
 * no notification, nor does one whose result is an exit code only.
 *
 * @param isFleet Whether it works on the whole fleet. Only then is anybody notified, and only of the hosts' own
 *   stores: one good host says nothing of the others, and a good mirror nothing of the store.
 */
export async function withNotice(
  session: Session,
  command: NotifyingCommand,
  isFleet: boolean,
  work: () => Promise<Noticed | ExitCode>,
): Promise<ExitCode> {
  const notify = async ({ code, lines, values }: Noticed): Promise<void> => {
    if (!isFleet || session.store !== undefined || session.run.signal.aborted) return;
    const news = { command, isGood: code === EXIT.DONE, lines, values: { code, ...values } };
    await notifyOwner(await session.owner(), news, environment, session.run);
  };
  let noticed: Noticed | ExitCode;
  try {
    noticed = await work();
  } catch (error) {
    const failed = { code: commandExitCode(error), lines: [reason(error)], values: {} };
    await notify(failed).catch(() => {}); // the config itself may be what cannot be used
    throw error;
  }
  if (typeof noticed === "number") return noticed;
  await notify(noticed);
  return noticed.code;
}
