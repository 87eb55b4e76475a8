import type { Host } from "../config/types.ts";
import { configuredEnvironment } from "../config/environment.ts";
import { type BackupOutcome, outcomeFields } from "./outcome.ts";
import type { Run } from "../app/events.ts";
import { Failure } from "../model/failure.ts";
import { runProgram } from "../process/program.ts";

/** Name of a hook: the moment at which it runs. */
export type HookName = "before" | "after" | "failed" | "finally";

/** Options of a hook. */
export interface HookOptions {
  /** Outcome of the backup; undefined before it. */
  readonly outcome?: BackupOutcome;
  /** Ends the hook; undefined for a hook that cleans up, which runs even if the run was interrupted. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a hook of a host, if there is one. Its environment contains the facts about the run, and no secret of
 * this process.
 *
 * @throws {Failure} if it fails or exceeds its time limit.
 * @throws The reason of the signal, if it is aborted.
 */
export async function runHook(
  name: HookName,
  host: Host,
  { outcome, signal }: HookOptions,
  run: Run,
): Promise<void> {
  const command = host.hooks[name];
  if (command === undefined) return;
  const environment = {
    ...configuredEnvironment(host),
    NIGHTDROP_HOOK: name,
    NIGHTDROP_HOST: host.name,
    ...(outcome && variables(outcome)),
  };
  try {
    await runProgram({ command, environment }, {
      signal,
      timeLimit: host.hooks.timeLimit,
      line: (text) => run.report({ event: "output", from: `hook ${name}`, text }),
      waiting: (text) => run.report({ event: "note", text: `Waiting for the hook ${name}: ${text}` }),
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
    throw new Failure(`The hook "${name}" failed: ${error.message}`, { hint: error.hint, cause: error });
  }
}

/** Returns the facts as environment variables: `NIGHTDROP_EXIT_CODE` for `exitCode`, and so on. */
function variables(outcome: BackupOutcome): Record<string, string> {
  return Object.fromEntries(
    Object.entries(outcomeFields(outcome)).map(([key, value]) => [
      `NIGHTDROP_${key.replace(/[A-Z]/g, "_$&").toUpperCase()}`,
      String(value),
    ]),
  );
}
