import type { Host } from "../config/types.ts";
import { configuredEnvironment } from "../config/environment.ts";
import { type End, figures } from "./outcome.ts";
import type { Run } from "../app/events.ts";
import { Failure } from "../model/failure.ts";
import { runProgram } from "../process/program.ts";

/** When a hook is run. */
export type HookName = "before" | "after" | "failed" | "finally";

/** Options of a hook. */
export interface HookOptions {
  /** Outcome of the backup; undefined before it. */
  readonly end?: End;
  /** Ends the hook; undefined for a hook that cleans up, which runs even if the run was interrupted. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a hook of a host, if there is one. What the run knows is in its environment; no secret of this
 * process is.
 *
 * @throws {Failure} when it fails or takes too long; the signal's reason.
 */
export async function runHook(
  name: HookName,
  host: Host,
  { end, signal }: HookOptions,
  run: Run,
): Promise<void> {
  const command = host.hooks[name];
  if (command === undefined) return;
  const environment = {
    ...configuredEnvironment(host),
    NIGHTDROP_HOOK: name,
    NIGHTDROP_HOST: host.name,
    ...(end && variables(end)),
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

/** `NIGHTDROP_EXIT_CODE` for `exitCode`, and so on. */
function variables(end: End): Record<string, string> {
  return Object.fromEntries(
    Object.entries(figures(end)).map(([key, value]) => [
      `NIGHTDROP_${key.replace(/[A-Z]/g, "_$&").toUpperCase()}`,
      String(value),
    ]),
  );
}
