import type { Output } from "./output.ts";
import { isOutputTerminal } from "./sink.ts";

/** Rows that are aligned together: later ones only get wider columns. */
const AT_A_TIME = 200;

/** Options of {@linkcode Columns}. */
export interface ColumnOptions {
  /** Columns of numbers, which are aligned at their right ends. */
  readonly right?: readonly number[];
  /** Titles of the columns, which are printed before the first row on a terminal. */
  readonly titles?: readonly string[];
  /** Widths of the columns if no cell is longer. */
  readonly widths?: readonly number[];
  /** Whether standard output is a terminal. */
  readonly terminal?: boolean;
}

interface Row {
  readonly cells: readonly string[];
  readonly value: object;
}

/**
 * Rows of a result: aligned columns on a terminal; in a pipe the cells with one tab between them, which no printable name
 * contains; with `--json` one object a row.
 */
export class Columns {
  readonly #output: Output;
  readonly #right: readonly number[];
  readonly #titles: readonly string[] | undefined;
  /** Whether columns are aligned, for people. */
  readonly aligned: boolean;
  #rows: Row[] = [];
  #hasBegun = false;
  readonly #widths: number[];

  constructor(
    output: Output,
    { right = [], titles, widths = [], terminal = isOutputTerminal() }: ColumnOptions = {},
  ) {
    this.#widths = [...widths];
    this.#output = output;
    this.#right = right;
    this.#titles = titles;
    this.aligned = terminal;
  }

  /** Prints a row, or keeps it until its columns can be aligned. */
  add(cells: readonly string[], value: object): void {
    if (this.#output.json || !this.aligned) return this.#output.row(cells, value);
    this.#begin();
    this.#rows.push({ cells, value });
    if (this.#rows.length === AT_A_TIME) this.end();
  }

  /** Prints the titles, if there are any. */
  begin(): void {
    if (this.#output.json || !this.aligned) return;
    this.#begin();
    this.end();
  }

  #begin(): void {
    if (!this.#hasBegun && this.#titles !== undefined) this.#rows.push({ cells: this.#titles, value: {} });
    this.#hasBegun = true;
  }

  /** Prints the rows that are kept. */
  end(): void {
    const rows = this.#rows;
    this.#rows = [];
    for (const { cells } of rows) {
      cells.forEach((cell, at) => this.#widths[at] = Math.max(this.#widths[at] ?? 0, cell.length));
    }
    for (const { cells, value } of rows) this.#output.data(this.#padded(cells), value);
  }

  #padded(cells: readonly string[]): string {
    return cells.map((cell, at) => {
      const width = this.#widths[at]!;
      if (this.#right.includes(at)) return cell.padStart(width);
      return at === cells.length - 1 ? cell : cell.padEnd(width);
    }).join("  ").trimEnd();
  }
}
