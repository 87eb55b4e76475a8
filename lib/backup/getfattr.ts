import { capture, type CaptureLimits } from "../process/capture.ts";
import {
  getfattrArguments,
  type PrintedAttribute,
  type PrintedError,
  readErrors,
  readOutput,
  Unintelligible,
} from "../source/getfattr.ts";

/** Output of getfattr for the first files of a list. */
export interface Answer {
  /** Number of these files, at least one. The rest must be asked for again. */
  readonly done: number;
  readonly attributes: ReadonlyMap<number, readonly PrintedAttribute[]>;
  readonly errors: readonly PrintedError[];
  /** Position of a file with more attributes than the limit of output; undefined if there is none. */
  readonly endless: number | undefined;
}

/**
 * Reads the attributes of files with getfattr.
 *
 * @throws {Unintelligible} if it fails, does not end, or prints unexpected output.
 * @throws The error of `Deno.Command` if it cannot be started, or the reason of the signal.
 */
export async function getfattr(
  program: string,
  files: readonly string[],
  limits: CaptureLimits,
): Promise<Answer> {
  const { code, cut, stdout, stderr } = await capture(program, getfattrArguments(files), limits);
  if (cut === "too long") throw new Unintelligible(`it did not end within ${limits.timeLimit / 1000} s`);
  if (cut === "too much") return firstOf(stdout, stderr, files);
  if (code !== 0 && code !== 1) {
    throw new Unintelligible(
      code === undefined ? "it was ended by a signal" : `it ended with exit code ${code}`,
    );
  }
  const { attributes, brokenOff } = readOutput(stdout, files);
  const errors = readErrors(stderr, files);
  if (brokenOff !== undefined) throw new Unintelligible("it broke off");
  if (code === 1 && errors.length === 0) throw new Unintelligible("it failed without a word");
  return { done: files.length, attributes, errors, endless: undefined };
}

/** Returns the output for the first files. The last of them is left out unless it is the only one. */
function firstOf(stdout: Uint8Array, stderr: Uint8Array, files: readonly string[]): Answer {
  const { attributes, brokenOff } = readOutput(stdout, files);
  const endless = attributes.size === 1 ? brokenOff : undefined;
  const last = Math.max(...attributes.keys());
  const done = endless === undefined && brokenOff !== undefined ? brokenOff : last + 1;
  if (attributes.size === 0 || done === 0) throw new Unintelligible("it printed more than it was asked for");
  const errors = readErrors(stderr.subarray(0, stderr.lastIndexOf(0x0a) + 1), files);
  return { done, attributes, errors: errors.filter(({ place }) => place < done), endless };
}
