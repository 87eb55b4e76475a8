import type { Run } from "../app/events.ts";
import type { DumpCheck } from "../config/drill.ts";
import type { Command } from "../config/settings.ts";
import { Failure, withHint } from "../model/failure.ts";
import { lengthOfTime } from "../model/length_of_time.ts";
import { reportLines } from "../process/lines.ts";
import { type Program, RunningProgram } from "../process/program.ts";
import type { Check } from "./check.ts";
import { shortened, unexpected } from "./expectation.ts";

/** Outcome of the check of a dump. */
export type DumpOutcome = Pick<Check, "state" | "reason">;

/** A restored dump, and a place to load it. */
export interface RestoredDump {
  /** Absolute path of the dump: `{file}`. */
  readonly file: string;
  /** Absolute path of an empty directory: `{directory}`. */
  readonly directory: string;
  /** Variables that the programs get beside the standard ones. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Time to read the output of a program after it ended: its child processes may hold it for ever. */
const AFTERMATH_MS = 1000;

/** The hint of a program that may not be started speaks of the permissions of a backup. */
const NOT_GRANTED = "the sandbox does not grant it. Run `nightdrop permissions --trusted --write`";

/** Lines of output that are kept. */
const MAX_LINES = 1000;

/** The check that was begun last; it ends without an error. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Loads a dump and compares what its check prints with what is expected. One dump of all hosts is checked at a time: the
 * commands may load into the same database of a server.
 */
export async function checkDump(check: DumpCheck, dump: RestoredDump, run: Run): Promise<DumpOutcome> {
  const outcome = last.then(() => {
    run.signal.throwIfAborted();
    return loadAndCheck(check, dump, run);
  });
  last = outcome.catch(() => {});
  return await outcome;
}

async function loadAndCheck(check: DumpCheck, dump: RestoredDump, run: Run): Promise<DumpOutcome> {
  let printed = "";
  for (const [name, command] of [["load", check.load], ["check", check.check]] as const) {
    if (command === undefined) continue;
    const program = { command: filledIn(command, dump), environment: dump.environment };
    const input = name === "load" ? { input: dump.file } : {};
    const { output, ...outcome } = await outcomeOfProgram(
      name,
      { ...program, ...input },
      check.timeLimit,
      run,
    );
    if (outcome.state !== "ok") return outcome;
    if (name === "check") printed = output;
  }
  const reason = check.expect === undefined ? undefined : unexpected(printed, check.expect);
  if (reason !== undefined) return { state: "failed", reason };
  return printed === ""
    ? { state: "ok" }
    : { state: "ok", reason: `the check printed "${shortened(printed)}"` };
}

function filledIn([program, ...args]: Command, { file, directory }: RestoredDump): [string, ...string[]] {
  const fill = (text: string): string => text.replaceAll("{file}", file).replaceAll("{directory}", directory);
  return [program, ...args.map(fill)];
}

/** A program that ends with another exit code than 0 has failed; one that cannot start, or does not end by itself, has not run. */
async function outcomeOfProgram(
  name: string,
  program: Program,
  timeLimit: number,
  run: Run,
): Promise<DumpOutcome & { readonly output: string }> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error("time limit")), timeLimit);
  const line = (text: string): void => run.report({ event: "output", from: name, text });
  const signal = AbortSignal.any([run.signal, limit.signal]);
  let endedItself = false;
  try {
    const running = new RunningProgram(program, { signal, line });
    const output = await linesOf(running);
    endedItself = (await running.ended).signal === null;
    await running.succeeded();
    return { state: "ok", output };
  } catch (error) {
    run.signal.throwIfAborted();
    if (limit.signal.aborted) {
      return { state: "not run", reason: `${name} took longer than ${lengthOfTime(timeLimit)}`, output: "" };
    }
    if (!(error instanceof Failure)) throw error;
    const why = error.cause instanceof Deno.errors.NotCapable ? NOT_GRANTED : withHint(error);
    return { state: endedItself ? "failed" : "not run", reason: `${name}: ${why}`, output: "" };
  } finally {
    clearTimeout(timer);
  }
}

/** Standard output of a program, its first lines. */
async function linesOf(running: RunningProgram): Promise<string> {
  const lines: string[] = [];
  const enough = new AbortController();
  const read = reportLines(running.output, enough.signal, (line) => {
    if (lines.length < MAX_LINES) lines.push(line);
  });
  await running.ended;
  const timer = setTimeout(() => enough.abort(), AFTERMATH_MS);
  await read;
  clearTimeout(timer);
  return lines.join("\n");
}
