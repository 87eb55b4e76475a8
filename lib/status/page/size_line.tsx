import type { JSX } from "hono/jsx/jsx-runtime";
import type { Night } from "../../snapshots/night.ts";

/** Maximum number of snapshots in a line. */
const NIGHTS = 30;

const [WIDTH, HEIGHT] = [90, 14];

/** Bytes of content of the last snapshots, as a line from 0 to the largest. Empty for fewer than two. */
export function SizeLine({ nights, label }: {
  readonly nights: readonly Night[];
  /** Shows bytes as text. */
  readonly label: (bytes: number) => string;
}): JSX.Element | null {
  const sizes = nights.slice(-NIGHTS).map(({ bytes }) => bytes);
  if (sizes.length < 2) return null;
  const [most, last] = [Math.max(...sizes, 1), sizes.at(-1)!];
  const x = (at: number): number => Math.round(at * WIDTH / (sizes.length - 1));
  const y = (bytes: number): number => Math.round(10 * (HEIGHT - 1 - (HEIGHT - 2) * bytes / most)) / 10;
  const path = sizes.map((bytes, at) => `${at === 0 ? "M" : "L"}${x(at)} ${y(bytes)}`).join("");
  return (
    <svg role="img" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`}>
      <title>
        {`Content of the last ${sizes.length} snapshots: ${label(sizes[0]!)} to ${label(last)}, at most ${
          label(most)
        }`}
      </title>
      <path class="line" d={path} />
    </svg>
  );
}
