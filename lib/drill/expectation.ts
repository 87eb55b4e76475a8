import { oneLine } from "../model/printable.ts";

const COMPARISON = /^\s*(>=|<=|>|<|=)\s*(-?\d+(?:\.\d+)?)\s*$/;
const NUMBER = /^-?\d+(?:\.\d+)?$/;

const HOLDS: Readonly<Record<string, (one: number, other: number) => boolean>> = {
  ">": (one, other) => one > other,
  ">=": (one, other) => one >= other,
  "<": (one, other) => one < other,
  "<=": (one, other) => one <= other,
  "=": (one, other) => one === other,
};

/**
 * Returns how the output of a check differs from what is expected, in words; undefined if it does not. `>0` and the like
 * compare one number, any other text is compared exactly, without white space at both ends.
 */
export function unexpected(output: string, expected: string): string | undefined {
  const found = output.trim();
  const [, sign, number] = COMPARISON.exec(expected) ?? [];
  const isMet = sign === undefined
    ? found === expected.trim()
    : NUMBER.test(found) && HOLDS[sign]!(Number(found), Number(number));
  return isMet ? undefined : `the check printed "${shortened(found)}", expected ${expected.trim()}`;
}

/** Characters of an output that are quoted. */
const MAX_QUOTED = 200;

/** Returns an output in one line, without its end if it is long. */
export function shortened(text: string): string {
  const line = oneLine(text.slice(0, MAX_QUOTED + 1)).replaceAll("\n", " ");
  return line.length > MAX_QUOTED ? `${line.slice(0, MAX_QUOTED)}…` : line;
}
