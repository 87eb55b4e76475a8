import type { Progress } from "../app/events.ts";
import { formatBytes, formatCount, formatDuration } from "./format.ts";

const REDRAW_MS = 100;

/** The line on a terminal that tells how far a run is: entries, bytes, rate, time left. Elsewhere there is none. */
export class ProgressLine {
  readonly #write: (text: string) => void;
  readonly #now: () => number;
  readonly #started: number;
  /** Bytes there are in all, where that is known. */
  total: number | undefined;
  #drawn = 0;
  #visible = false;

  constructor(write: (text: string) => void, now: () => number = () => performance.now()) {
    this.#write = write;
    this.#now = now;
    this.#started = now();
  }

  update({ entries, bytes }: Progress): void {
    const now = this.#now();
    if (now - this.#drawn < REDRAW_MS) return;
    this.#drawn = now;
    this.#visible = true;
    this.#write(`\r\x1b[K${this.#text(entries, bytes, (now - this.#started) / 1000)}`);
  }

  /** Takes the line away, so that something else can be written. */
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
