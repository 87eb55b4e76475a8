import { type BackupResult, backupWith, hostState } from "./backup.ts";
import type { Host } from "../config/types.ts";
import { withDeadline } from "./deadline.ts";
import { type BackupOutcome, failedOutcome, type RunFacts, storedOutcome } from "./outcome.ts";
import type { Run } from "../app/events.ts";
import { fitted } from "./memory_profile.ts";
import { preflightWarnings, THIS_MACHINE } from "./preflight.ts";
import { runHook } from "./hooks.ts";
import { Failure, Locked, reason } from "../model/failure.ts";
import { Notifier } from "./notifier.ts";
import { type Environment, withWriter } from "../app/stores.ts";
import { WarningCount } from "./warning_count.ts";

/** Options of {@linkcode supervisedBackup}. */
export interface SupervisedOptions {
  /** Reads an environment variable, which may contain a secret. */
  readonly environment: Environment;
  /** Time limit of the whole run in milliseconds. */
  readonly maxDuration?: number | undefined;
  /** Returns the reason why output of the run was lost, for notifications; undefined if none was. */
  readonly outputLost?: (() => string | undefined) | undefined;
  /** Whether everything is sent, including what older volumes contain. */
  readonly full?: boolean | undefined;
  /** Whether to begin a new store in the directory, even if there is one. */
  readonly newStore?: boolean | undefined;
}

/**
 * Creates a backup with everything around it: the lock, the ping for its start, the hook `before`, the backup
 * itself, the hook `after` or `failed`, the hook `finally`, and the notifications of its outcome.
 *
 * A run that finds the lock taken does none of this: the run that holds the lock reports itself.
 *
 * @throws The errors of {@link backup}.
 * @throws {Failure} if the hook `before` fails, or the time limit is over.
 */
export async function supervisedBackup(
  host: Host,
  { environment, maxDuration, outputLost = () => undefined, ...options }: SupervisedOptions,
  outer: Run,
): Promise<BackupResult> {
  using deadline = withDeadline(outer, maxDuration);
  using held = new DisposableStack();
  const warningCount = new WarningCount(deadline.run);
  const { run } = warningCount;
  const notifier = new Notifier(host, environment, run);
  const outcome = await outcomeOf(host, warningCount, outputLost, async () => {
    const state = held.use(hostState(host, run));
    for (const text of preflightWarnings(fitted(host), THIS_MACHINE)) run.report({ event: "warning", text });
    await notifier.started(run.now());
    await runHook("before", host, { signal: run.signal }, run);
    return await withWriter(
      host.store,
      environment,
      run,
      { bandwidth: host.bandwidth, patience: maxDuration === undefined ? undefined : Infinity },
      (writer) => backupWith(state, host, writer, run, options),
    );
  });
  if (outcome.error instanceof Locked) throw outcome.error;
  const warn = (error: unknown): void => run.report({ event: "warning", text: inFull(error) });
  if (outcome.stored) await runHook("after", host, { outcome, signal: outer.signal }, run).catch(warn);
  else await runHook("failed", host, { outcome }, run).catch(warn);
  await runHook("finally", host, { outcome }, run).catch(warn);
  await notifier.ended({ ...outcome, warnings: warningCount.warnings, outputLost: outputLost() });
  if (outcome.stored === undefined) throw outcome.error;
  return outcome.stored;
}

/** Returns the outcome of the work, whether it succeeds or fails. */
async function outcomeOf(
  host: Host,
  tally: WarningCount,
  outputLost: () => string | undefined,
  work: () => Promise<BackupResult>,
): Promise<BackupOutcome> {
  const { now, signal } = tally.run;
  const started = now();
  const frame = (): RunFacts => ({
    host: host.name,
    started,
    ended: now(),
    warnings: tally.warnings,
    outputLost: outputLost(),
  });
  try {
    const stored = await work();
    return storedOutcome(frame(), stored);
  } catch (error) {
    // An abort can cause any error; the reason of the signal is the cause.
    return failedOutcome(frame(), signal.aborted ? signal.reason : error);
  }
}

/**
 * Returns an error with its hint in one line. The snapshot is already stored or not, so later errors are only
 * warnings.
 */
function inFull(error: unknown): string {
  const hint = error instanceof Failure && error.hint !== undefined ? `. ${error.hint}` : "";
  return reason(error) + hint;
}
