import { sha256 } from "../model/digest.ts";

/** A time of day. */
export interface Moment {
  readonly hour: number;
  readonly minute: number;
}

const [FIRST_HOUR, HOURS] = [1, 4];

/** Some minute between one and five in the morning, another one for each host: a fleet does not come at once. */
export function momentOf(host: string): Moment {
  const minute = parseInt(sha256(new TextEncoder().encode(host)).slice(0, 8), 16) % (HOURS * 60);
  return { hour: FIRST_HOUR + Math.floor(minute / 60), minute: minute % 60 };
}
