import type { Run } from "../app/events.ts";
import { Failure } from "../model/failure.ts";
import { lengthOfTime } from "../model/length_of_time.ts";

/** Run that also ends when its time is over. */
export interface Deadline extends Disposable {
  readonly run: Run;
}

/** Limits a run to the given milliseconds; undefined for no limit. */
export function withDeadline(run: Run, milliseconds: number | undefined): Deadline {
  if (milliseconds === undefined) return { run, [Symbol.dispose]: () => {} };
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(tooLong(milliseconds)), milliseconds);
  const signal = AbortSignal.any([run.signal, controller.signal]);
  return { run: { ...run, signal }, [Symbol.dispose]: () => clearTimeout(timer) };
}

function tooLong(milliseconds: number): Failure {
  return new Failure(
    `Not done after ${lengthOfTime(milliseconds)}, the limit of --max-duration: nothing is stored`,
    {
      hint: "Set a longer limit, or find what was slow. The next run starts from the beginning",
    },
  );
}
