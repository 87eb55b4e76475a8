/** Options and results of benchmark cases. */
import { formatNumber } from "../../lib/model/format.ts";
import type { Contender } from "./contender.ts";
import { race } from "./measure.ts";
import { bash, quoted, report } from "./shell.ts";
import { type Job, tableOf } from "./table.ts";
import type { Workshop } from "./workshop.ts";

/** Options of a benchmark. */
export interface Bench {
  readonly workshop: Workshop;
  /** Runs that count. */
  readonly runs: number;
  /** Ends the benchmark when it is aborted. */
  readonly signal: AbortSignal;
  /** Files of the corpus of small ones. */
  readonly files: number;
  /** Bytes of the large file. */
  readonly size: number;
  /** A tree to take for the real one. */
  readonly tree: string | undefined;
  /** Names of the tools that take part. */
  readonly only: readonly string[];
}

/** Result of a case. */
export interface Outcome {
  /** What was backed up. */
  readonly title: string;
  /** Tables and remarks, in Markdown. */
  readonly body: string;
}

/** Runs a job with all contenders that support it. */
export async function job(
  { runs, signal, workshop: { scratch } }: Bench,
  title: string,
  contenders: readonly (Contender | undefined)[],
  warmUp = true,
): Promise<Job> {
  report(` ${title}`);
  return {
    title,
    results: await race(contenders.filter((it) => it !== undefined), { runs, warmUp, scratch, signal }),
  };
}

/** Returns the tables of the jobs, and remarks below. */
export function bodyOf(jobs: readonly Job[], remarks: readonly string[]): string {
  const done = jobs.filter(({ results }) => results.length > 0);
  const tables = done.length === 0 ? [] : [tableOf(done)];
  return [...tables, ...remarks.map((it) => `${it}.\n`)].join("\n");
}

/** Entries of a tree, and bytes of its files. */
export interface Size {
  readonly entries: number;
  readonly bytes: number;
}

/** Counts a tree. */
export async function sizeOf(tree: string): Promise<Size> {
  return {
    entries: Number(await bash(`find ${quoted(tree)} -mindepth 1 -printf x | wc -c`)),
    bytes: Number(
      await bash(`find ${quoted(tree)} -type f -printf '%s\\n' | awk '{ s += $1 } END { printf "%d", s }'`),
    ),
  };
}

/** `153,076 entries, 1.74 GB` */
export function sizeText({ entries, bytes }: Size): string {
  return `${formatNumber(entries, "entry", "entries")}, ${megabytes(bytes)}`;
}

/** `1.74 GB`, `20 MB` */
export function megabytes(bytes: number): string {
  return bytes < 999.5e6 ? `${Math.round(bytes / 1e6)} MB` : `${Number((bytes / 1e9).toFixed(2))} GB`;
}
