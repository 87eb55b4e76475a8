export { formatBytes, formatCount, formatNumber, formatSecond } from "../model/format.ts";
import { lengthOfTime } from "../model/length_of_time.ts";

/** Returns a duration: `4.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : lengthOfTime(milliseconds);
}

/** Returns a time in UTC, without the zone: `2026-11-23 05:00:00`. */
export function formatTime(time: Date): string {
  return time.toISOString().slice(0, 19).replace("T", " ");
}

/** Results of {@link formatMode}: a snapshot with millions of entries has few different ones. */
const MODES = new Map<string, string>();

/** Returns a file type and its permission bits as `ls` shows them: `drwxr-xr-x`. */
export function formatMode(type: string, mode: number): string {
  const key = type + mode;
  let text = MODES.get(key);
  if (text === undefined) MODES.set(key, text = modeText(type, mode));
  return text;
}

function modeText(type: string, mode: number): string {
  const letters: Record<string, string> = { directory: "d", symlink: "l", fifo: "p", char: "c", block: "b" };
  const bits = [..."rwxrwxrwx"].map((letter, at) => (mode & (0o400 >> at)) !== 0 ? letter : "-");
  const special = (at: number, bit: number, letter: string): void => {
    if ((mode & bit) !== 0) bits[at] = bits[at] === "-" ? letter.toUpperCase() : letter;
  };
  special(2, 0o4000, "s");
  special(5, 0o2000, "s");
  special(8, 0o1000, "t");
  return (letters[type] ?? "-") + bits.join("");
}
