const UNITS: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/**
 * Returns the bytes of a size: `16777216`, `"16MiB"`, `"0.5 GiB"`. Returns NaN if it is not a size: `"16 MB"` is refused,
 * because it is ambiguous.
 */
export function parseSize(size: number | string): number {
  if (typeof size === "number") return size;
  const match = /^(\d+(?:\.\d+)?) ?([KMGT]iB)$/.exec(size);
  return match === null ? NaN : Number(match[1]) * UNITS[match[2]!]!;
}
