/** Measures a process and its children with GNU time. */
import type { Contender } from "./contender.ts";
import { bash, quoted, report } from "./shell.ts";

/** Resources of a run. */
export interface Measure {
  /** Seconds from start to end. */
  readonly wall: number;
  /** Seconds of processors, in user and in system mode. */
  readonly cpu: number;
  /** Bytes of memory that the largest process had resident at its peak. */
  readonly peak: number;
  /** Bytes that were added to the store; undefined where there is none. */
  readonly stored: number | undefined;
}

/** What a contender takes. */
export interface Result extends Measure {
  readonly name: string;
}

/** How a race is run. */
export interface Terms {
  /** Those that count. */
  readonly runs: number;
  /** Whether they run once before, which does not count. Default: true. */
  readonly warmUp?: boolean | undefined;
  /** A directory for files of the moment. */
  readonly scratch: string;
  /** Ends the benchmark when it is aborted. */
  readonly signal: AbortSignal;
}

/**
 * Runs the contenders in turn, `runs` times each, usually after a first run that does not count, so that all of them find the
 * same in the caches, and whatever else the machine does hits all alike.
 */
export async function race(
  contenders: readonly Contender[],
  { runs, warmUp = true, scratch, signal }: Terms,
): Promise<Result[]> {
  const measures = contenders.map((): Measure[] => []);
  for (let run = warmUp ? 0 : 1; run <= runs; run++) {
    for (const [at, contender] of contenders.entries()) {
      signal.throwIfAborted();
      const measure = await once(contender, scratch);
      report(
        `  ${contender.name}: ${measure.wall.toFixed(2)} s (${run === 0 ? "warm-up" : `${run}/${runs}`})`,
      );
      if (run > 0) measures[at]!.push(measure);
    }
  }
  return contenders.map(({ name }, at) => ({ name, ...summary(measures[at]!) }));
}

/** Returns the medians, and the maximum of memory, which a machine must have. */
export function summary(measures: readonly Measure[]): Measure {
  const stored = measures.flatMap((it) => it.stored ?? []);
  return {
    wall: median(measures.map((it) => it.wall)),
    cpu: median(measures.map((it) => it.cpu)),
    peak: Math.max(...measures.map((it) => it.peak)),
    stored: stored.length === 0 ? undefined : median(stored),
  };
}

/** The middle one, or what is between the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

/** Does a job without measuring it. */
export async function perform({ prepare, script }: Contender): Promise<void> {
  await prepare?.();
  await bash(`{ ${script}\n} > /dev/null`);
}

/** One run; what others have written is on the disk before it begins. */
async function once({ prepare, script, store }: Contender, scratch: string): Promise<Measure> {
  await prepare?.();
  const before = await sizeOf(store);
  const [file, report] = [`${scratch}/script`, `${scratch}/time`];
  await Deno.writeTextFile(file, `set -euo pipefail\n${script}\n`);
  await bash(`sync; command time -o ${quoted(report)} -f '%e %U %S %M' bash ${quoted(file)} > /dev/null`);
  const [wall, user, system, kibibytes] = (await Deno.readTextFile(report)).trim().split(" ").map(Number);
  const after = await sizeOf(store);
  return {
    wall: wall!,
    cpu: user! + system!,
    peak: kibibytes! * 1024,
    stored: before === undefined || after === undefined ? undefined : after - before,
  };
}

/** Bytes of all files in a directory, which need not be there yet. */
async function sizeOf(directory: string | undefined): Promise<number | undefined> {
  if (directory === undefined) return undefined;
  await Deno.mkdir(directory, { recursive: true });
  return Number(
    await bash(
      `find ${quoted(directory)} -type f -printf '%s\\n' | awk '{ s += $1 } END { printf "%d", s }'`,
    ),
  );
}
