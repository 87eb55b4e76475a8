import type { JSX } from "hono/jsx/jsx-runtime";
import { DAY_MS } from "../../model/day.ts";
import { isComplete, type Night } from "../../snapshots/night.ts";

/** Number of days in a strip. */
const DAYS = 30;

/** State of a day: a complete snapshot, only incomplete ones, or none. */
type Day = "complete" | "incomplete" | "none";

const [WIDTH, HEIGHT] = [4, 14];

/** The last days of a host, the newest to the right: high bars are complete snapshots, low ones incomplete, dots none. */
export function Strip(
  { nights, now }: { readonly nights: readonly Night[]; readonly now: Date },
): JSX.Element {
  const days = daysOf(nights, now);
  const count = (day: Day): number => days.filter((it) => it === day).length;
  const title = `Last ${DAYS} days: ${count("complete")} complete, ${count("incomplete")} incomplete, ${
    count("none")
  } without a snapshot`;
  return (
    <svg role="img" width={DAYS * WIDTH} height={HEIGHT} viewBox={`0 0 ${DAYS * WIDTH} ${HEIGHT}`}>
      <title>{title}</title>
      <path class="complete" d={bars(days, "complete", HEIGHT)} />
      <path class="incomplete" d={bars(days, "incomplete", HEIGHT / 2)} />
      <path class="none" d={bars(days, "none", 2)} />
    </svg>
  );
}

/** Returns the states of the last days, the oldest first. */
export function daysOf(nights: readonly Night[], now: Date): Day[] {
  const days: Day[] = Array.from({ length: DAYS }, () => "none");
  for (const night of nights) {
    const age = Math.floor((now.getTime() - night.storedAt.getTime()) / DAY_MS);
    const at = DAYS - 1 - Math.max(age, 0);
    if (at < 0) continue;
    if (isComplete(night)) days[at] = "complete";
    else if (days[at] === "none") days[at] = "incomplete";
  }
  return days;
}

/** Returns one SVG path for all days of a kind: 500 hosts have 15,000 days. */
function bars(days: readonly Day[], kind: Day, height: number): string {
  return days.map((day, at) => day === kind ? `M${at * WIDTH} ${HEIGHT}v-${height}h3v${height}z` : "").join(
    "",
  );
}
