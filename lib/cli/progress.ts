import type { Progress } from "../app/events.ts";
import { formatBytes, formatCount, formatDuration } from "./format.ts";

const REDRAW_MS = 100;

/** Progress line on a terminal: entries, bytes, rate and time left. */
export class ProgressLine {
  readonly #write: (text: string) => void;
  readonly #now: () => number;
  readonly #columns: () => number;
  readonly #started: number;
  /** Total number of bytes, if it is known. */
  total: number | undefined;
  #drawn = 0;
  #visible = false;

  constructor(
    write: (text: string) => void,
    now: () => number = () => performance.now(),
    columns: () => number = () => Infinity,
  ) {
    this.#write = write;
    this.#now = now;
    this.#columns = columns;
    this.#started = now();
  }

  /** Redraws the line, at most ten times a second. */
  update({ entries, bytes }: Progress): void {
    const now = this.#now();
    if (now - this.#drawn < REDRAW_MS) return;
    this.#drawn = now;
    this.#visible = true;
    const text = this.#text(entries, bytes, (now - this.#started) / 1000);
    // A line that wraps could not be removed: each update would leave one behind.
    this.#write(`\r\x1b[K${text.slice(0, this.#columns() - 1)}`);
  }

  /** Removes the line, so that other output can be written. */
  clear(): void {
    if (this.#visible) this.#write("\r\x1b[K");
    this.#visible = false;
  }

  #text(entries: number, bytes: number, seconds: number): string {
    const rate = seconds > 0 ? bytes / seconds : 0;
    const done = `${formatCount(entries)} entries, ${formatBytes(bytes)}`;
    if (this.total === undefined || rate === 0) return `${done}, ${formatBytes(rate)}/s`;
    const left = Math.max(0, this.total - bytes) / rate;
    const percent = this.total === 0 ? 100 : Math.min(100, Math.floor(100 * bytes / this.total));
    return `${percent} %, ${done}, ${formatBytes(rate)}/s, ${formatDuration(left * 1000)} left`;
  }
}
