/** Returns a length of time in its largest two units: `3 d 4 h`, `2 h 5 min`, `12 s`. */
export function lengthOfTime(milliseconds: number): string {
  const seconds = Math.max(Math.round(milliseconds / 1000), 0);
  const units = [[86_400, "d"], [3600, "h"], [60, "min"], [1, "s"]] as const;
  const at = units.findIndex(([size]) => seconds >= size);
  if (at === -1) return "0 s";
  const [size, name] = units[at]!;
  const next = units[at + 1];
  const rest = next === undefined ? 0 : Math.floor((seconds % size) / next[0]);
  return `${Math.floor(seconds / size)} ${name}${rest === 0 ? "" : ` ${rest} ${next![1]}`}`;
}
