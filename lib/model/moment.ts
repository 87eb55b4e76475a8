import { Misuse } from "./failure.ts";
import { printable } from "./printable.ts";

/** A date or a time that somebody wrote. */
export interface Moment {
  /** The last millisecond that it names: of a bare date the last one of that day, of a full second the last one of it. */
  readonly time: Date;
  /** The first millisecond that it names: of a bare date the first one of that day. */
  readonly begin: Date;
  /** It in full, with its zone: `2026-11-28 23:59:59 +01:00 (Europe/Berlin)`. */
  readonly text: string;
}

const DAY = /^(\d{4})-(\d{2})-(\d{2})/;
const TIME = /(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d*)?)?)?/;
const ZONE = / ?(Z|UTC|[+-]\d{2}:?\d{2})?$/;
const FORM = new RegExp(DAY.source + TIME.source + ZONE.source);

/** Whether a text is meant as a date or a time: no id of a snapshot begins like this. */
export function isMoment(text: string): boolean {
  return DAY.test(text);
}

/**
 * Reads `2026-11-28`, `2026-11-28T05:00`, with seconds or without, a `T` or a space, and `Z`, `UTC`, `+01:00` or no zone.
 * Without one it is the time of the machine's own zone.
 *
 * @throws {Misuse} if it has another form, or there is no such day or time.
 */
export function momentOf(text: string): Moment {
  const match = FORM.exec(text);
  if (match === null) {
    throw noMoment(text, "expected a form such as 2026-11-28, 2026-11-28T05:00 or 2026-11-28T05:00Z");
  }
  const [, year, month, day, hour, minute, second, fraction] = match;
  const zone = offsetOf(match[8]);
  const fields: Fields = [year, month, day, hour, minute, second].map((it) =>
    Number(it ?? 0)
  ) as unknown as Fields;
  if (!exists(fields) || zone === "none") throw noMoment(text, "there is no such day or time");
  const milliseconds = Number((fraction ?? "").padEnd(3, "0"));
  const begin = new Date(instant(fields, zone) + milliseconds);
  const end = hour === undefined
    ? instant(nextDay(fields), zone)
    : second === undefined || fraction !== undefined
    ? begin.getTime() + 1
    : begin.getTime() + 1000;
  const time = new Date(end - 1);
  return { begin, time, text: shown(time, zone) };
}

type Fields = readonly [
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
];

/** Minutes that a zone is ahead of UTC; undefined for the machine's own. */
function offsetOf(zone: string | undefined): number | undefined | "none" {
  if (zone === undefined) return undefined;
  if (zone === "Z" || zone === "UTC") return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  if (hours > 14 || minutes > 59) return "none";
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}

/** Whether the calendar has it: `Date` takes 31 February for 3 March. */
function exists([year, month, day, hour, minute, second]: Fields): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  const isDay = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isDay && year >= 1970 && hour < 24 && minute < 60 && second < 60;
}

function instant([year, month, day, hour, minute, second]: Fields, zone: number | undefined): number {
  if (zone === undefined) return new Date(year, month - 1, day, hour, minute, second).getTime();
  return Date.UTC(year, month - 1, day, hour, minute, second) - zone * 60_000;
}

function nextDay([year, month, day]: Fields): Fields {
  return [year, month, day + 1, 0, 0, 0];
}

function shown(time: Date, zone: number | undefined): string {
  const offset = zone ?? -time.getTimezoneOffset();
  const local = new Date(time.getTime() + offset * 60_000).toISOString().slice(0, 19).replace("T", " ");
  if (offset === 0 && zone === 0) return `${local} UTC`;
  const own = zone === undefined ? ` (${Intl.DateTimeFormat().resolvedOptions().timeZone})` : "";
  return `${local} ${written(offset)}${own}`;
}

function written(offset: number): string {
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `${offset < 0 ? "-" : "+"}${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
}

function noMoment(text: string, why: string): Misuse {
  return new Misuse(`Cannot read "${printable(text)}" as a date or time: ${why}`);
}
