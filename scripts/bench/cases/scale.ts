import { formatNumber } from "../../../lib/model/format.ts";
import { type Bench, megabytes, type Outcome } from "../case.ts";
import { empty, large, small } from "../corpora.ts";
import { race, type Result } from "../measure.ts";
import { report } from "../shell.ts";
import { figure, table } from "../table.ts";
import { nightdrop } from "../tools/nightdrop.ts";

/** A corpus that grows, and what is counted of it. */
interface Series {
  /** What one of them is called, and how many of it a second has to be divided by. */
  readonly unit: string;
  readonly perSecond: number;
  readonly make: (directory: string, amount: number) => Promise<string>;
  readonly label: (amount: number) => string;
}

const ENTRIES: Series = {
  unit: "µs an entry",
  perSecond: 1e6,
  make: small,
  label: (files) => formatNumber(files, "small file"),
};

const BYTES: Series = {
  unit: "ns a byte",
  perSecond: 1e9,
  make: large,
  label: (size) => `one file of ${megabytes(size)}`,
};

/** What an entry costs of few and of many, and a byte of little and of much: in a first backup, by nightdrop. */
export async function scale(bench: Bench): Promise<Outcome> {
  const nothing = await measured(bench, "nothing", await empty(bench.workshop.directory));
  const head = ["", "wall s", "CPU s", "peak MB", "wall an entry or byte", "×", "CPU an entry or byte", "×"];
  const rows = [
    rowOf(nothing),
    ...await grown(bench, ENTRIES, bench.files, nothing),
    ...await grown(bench, BYTES, bench.size, nothing),
  ];
  const remark = "What the run with nothing to do takes is taken off first.\n";
  return { title: "what an entry and a byte cost", body: `${table(head, rows)}\n${remark}` };
}

/** Rows for a hundredth, a tenth and all of it; each cost beside that of the hundredth. */
async function grown(bench: Bench, series: Series, most: number, nothing: Result): Promise<string[][]> {
  const rows: string[][] = [];
  let first: { wall: number; cpu: number } | undefined;
  for (const amount of [most / 100, most / 10, most].map(Math.ceil)) {
    const tree = await series.make(bench.workshop.directory, amount);
    const result = await measured(bench, series.label(amount), tree);
    const each = (seconds: number, less: number): number => (seconds - less) / amount * series.perSecond;
    const cost = { wall: each(result.wall, nothing.wall), cpu: each(result.cpu, nothing.cpu) };
    first ??= cost;
    const [wall, cpu] = [costs(cost.wall, first.wall, series), costs(cost.cpu, first.cpu, series)];
    rows.push([...rowOf(result), ...wall, ...cpu]);
  }
  return rows;
}

function costs(cost: number, first: number, { unit }: Series): [string, string] {
  return [`${figure(cost)} ${unit}`, figure(cost / first)];
}

async function measured({ workshop, runs, signal }: Bench, name: string, tree: string): Promise<Result> {
  report(` ${name}`);
  const { backup } = await nightdrop(workshop, tree);
  const [result] = await race([{ ...backup, name }], { runs, scratch: workshop.scratch, signal });
  return result!;
}

function rowOf({ name, wall, cpu, peak }: Result): string[] {
  return [name, figure(wall), figure(cpu), figure(peak / 1e6)];
}
