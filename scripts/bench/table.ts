/** Tables in Markdown. */
import type { Result } from "./measure.ts";

/** What was measured of one job. */
export interface Job {
  /** What was to be done. */
  readonly title: string;
  /** Who did it; the others are held against the first. */
  readonly results: readonly Result[];
}

const HEAD = ["", "wall s", "×", "CPU s", "×", "peak MB", "×", "stored MB", "×"];

/** The jobs of a case, one below the other. */
export function tableOf(jobs: readonly Job[]): string {
  return table(HEAD, jobs.flatMap(({ title, results }) => [[`**${title}**`], ...rowsOf(results)]));
}

function rowsOf(results: readonly Result[]): string[][] {
  const [first] = results;
  return results.map((result) => [
    result.name,
    ...beside(result.wall, first!.wall),
    ...beside(result.cpu, first!.cpu),
    ...beside(result.peak / 1e6, first!.peak / 1e6),
    ...(result.stored === undefined ? [] : beside(result.stored / 1e6, (first!.stored ?? 0) / 1e6)),
  ]);
}

/** A figure, and how many times as much it is as another. */
function beside(value: number, other: number): [string, string] {
  return [figure(value), other === 0 ? "" : figure(value / other)];
}

/** Three digits, two where they are few, or all that are before the point. */
export function figure(value: number): string {
  if (value > 0 && value < 0.0995) return String(Number(value.toPrecision(2)));
  const size = Math.abs(value);
  return value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

/** A table: text to the left in the first column, figures to the right in the others. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map((_, at) => at === 0 ? "---" : "---:"), ...rows];
  return lines.map((cells) => {
    const all = head.map((_, at) => (cells[at] ?? "").replaceAll("|", "\\|"));
    return `| ${all.join(" | ")} |\n`;
  }).join("");
}
