const UNITS: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/**
 * Bytes in a size as the config writes it: `16777216`, `"16MiB"`, `"0.5 GiB"`. NaN where it is none: `"16 MB"`
 * is refused, since nobody knows whether it means 16,000,000.
 */
export function parseSize(size: number | string): number {
  if (typeof size === "number") return size;
  const match = /^(\d+(?:\.\d+)?) ?([KMGT]iB)$/.exec(size);
  return match === null ? NaN : Number(match[1]) * UNITS[match[2]!]!;
}
