import { type BackupResult, backupWith, hostState } from "./backup.ts";
import type { Host } from "../config/types.ts";
import { withDeadline } from "./deadline.ts";
import { type End, failedEnd, type Frame, storedEnd } from "./outcome.ts";
import type { Run } from "../app/events.ts";
import { preflightWarnings, THIS_MACHINE } from "./preflight.ts";
import { runHook } from "./hooks.ts";
import { Failure, Locked, reason } from "../model/failure.ts";
import { Notifier } from "./notifier.ts";
import { type Environment, withWriter } from "../app/stores.ts";
import { WarningCount } from "./warning_count.ts";

/** What a backup that is attended needs beside its host. */
export interface SupervisedOptions {
  /** Reads an environment variable: secrets are found there. */
  readonly environment: Environment;
  /** Milliseconds that all of it may take. */
  readonly maxDuration?: number | undefined;
  /** Says why output of the run is lost, if any is: those who are notified learn it. */
  readonly outputLost?: (() => string | undefined) | undefined;
  /** Whether everything is sent, whatever older volumes hold. */
  readonly full?: boolean | undefined;
  /** Begins a new store in the directory, even if there is one. */
  readonly newStore?: boolean | undefined;
}

/**
 * A backup with all that the config has go with it: the lock first, then the ping that it starts, the hook before, the
 * backup itself, the hook after it or the one for failures, the last hook, and the news of how it went.
 *
 * A run that finds the lock taken does none of this: the run that holds the lock reports itself.
 *
 * @throws what {@link backup} throws, and a {@link Failure} when the hook `before` fails or the time is over.
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
  const end = await endOf(host, warningCount, outputLost, async () => {
    const state = held.use(hostState(host, run));
    for (const text of preflightWarnings(host, THIS_MACHINE)) run.report({ event: "warning", text });
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
  if (end.error instanceof Locked) throw end.error;
  const warn = (error: unknown): void => run.report({ event: "warning", text: inFull(error) });
  if (end.stored) await runHook("after", host, { end, signal: outer.signal }, run).catch(warn);
  else await runHook("failed", host, { end }, run).catch(warn);
  await runHook("finally", host, { end }, run).catch(warn);
  await notifier.ended({ ...end, warnings: warningCount.warnings, outputLost: outputLost() });
  if (end.stored === undefined) throw end.error;
  return end.stored;
}

/** What came of the work, whatever came of it. */
async function endOf(
  host: Host,
  tally: WarningCount,
  outputLost: () => string | undefined,
  work: () => Promise<BackupResult>,
): Promise<End> {
  const { now, signal } = tally.run;
  const started = now();
  const frame = (): Frame => ({
    host: host.name,
    started,
    ended: now(),
    warnings: tally.warnings,
    outputLost: outputLost(),
  });
  try {
    const stored = await work();
    return storedEnd(frame(), stored);
  } catch (error) {
    // An abort surfaces as whatever was under way; the reason is what happened.
    return failedEnd(frame(), signal.aborted ? signal.reason : error);
  }
}

/** The snapshot is stored or is not: of what goes wrong behind that there is but a line. */
function inFull(error: unknown): string {
  const hint = error instanceof Failure && error.hint !== undefined ? `. ${error.hint}` : "";
  return reason(error) + hint;
}
