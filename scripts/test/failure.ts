/** Shortens what `deno test` prints about tests that failed, so that the end of a long log names all of them. */

/** Maximum number of lines about the errors of one suite. */
const LINES = 60;
/** Number of lines about each failed test, also if there are more tests than {@linkcode LINES} has room for. */
const FEWEST_LINES = 2;

/** First line about a failed test: `name => ./file.test.ts:3:6`, or a file whose error belongs to no test. */
const HEADING = / => \S+:\d+:\d+$| \(uncaught error\)$/;
/** A line of a stack that is in the test runner itself. */
const RUNNER = /^ +at .*\(ext:/;

/**
 * Returns the name of each failed test of a suite and the beginning of its error, or the last lines of a suite that
 * ended without a list of errors.
 */
export function failureIn(lines: readonly string[]): string[] {
  const [begin, end] = [" ERRORS ", " FAILURES "].map((title) => lines.lastIndexOf(title));
  if (begin === -1 || end! < begin!) return lines.slice(-LINES);
  const errors = lines.slice(begin! + 1, end).filter((line) => !RUNNER.test(line));
  const starts = errors.flatMap((line, at) => HEADING.test(line) ? [at] : []);
  const each = Math.max(FEWEST_LINES, Math.floor(LINES / starts.length));
  return starts.flatMap((start, at) => shortened(errors.slice(start, starts[at + 1]), each));
}

function shortened(lines: readonly string[], most: number): readonly string[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `${lines[most - 1]} … (${lines.length - most} more lines)`];
}
