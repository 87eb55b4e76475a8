/**
 * The credentials file of AWS, by hand: the SDK's own reader also looks for `~/.aws/config`, which the
 * sandbox does not grant, and accepts ambiguous lines.
 *
 * @module
 */
import { Misuse } from "../model/failure.ts";

const PROFILE = "default";

/**
 * Returns the settings of the profile `[default]` in the text of an AWS credentials file
 * (https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html), by name in lower case. Spaces, comments and other
 * profiles are ignored. Ambiguous lines are refused. Messages contain no values.
 *
 * @param file Name of the file, for messages.
 * @throws {Misuse} if the profile is missing, or one of its lines is malformed.
 */
export function parseCredentialsFile(text: string, file: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const { number, line } of profileLines(text, file)) {
    const match = /^([A-Za-z0-9_.-]+)\s*=\s*(.*)$/.exec(line);
    if (match === null) throw malformed(file, number, "does not have the form: name = value");
    const name = match[1]!.toLowerCase();
    if (settings.has(name)) throw malformed(file, number, `sets "${name}" a second time`);
    settings.set(name, match[2]!);
  }
  return settings;
}

/** Returns the lines of the only `[default]` profile, without comments. */
function profileLines(text: string, file: string): { number: number; line: string }[] {
  const lines: { number: number; line: string }[] = [];
  const seen = new Set<string>();
  let profile: string | undefined;
  for (const { number, line } of meaningfulLines(text)) {
    const head = /^\[\s*([^\]]*?)\s*\]/.exec(line);
    if (head !== null) {
      profile = head[1]!;
      if (profile === PROFILE && seen.has(profile)) {
        throw malformed(file, number, `starts a second [${profile}]`);
      }
      seen.add(profile);
    } else if (profile === undefined) throw malformed(file, number, "is before the first [profile]");
    else if (profile === PROFILE) lines.push({ number, line });
  }
  if (!seen.has(PROFILE)) throw new Misuse(`Cannot find the profile [${PROFILE}] in "${file}"`);
  return lines;
}

function meaningfulLines(text: string): { number: number; line: string }[] {
  return text.replace(/^\uFEFF/, "").split("\n")
    .map((line, at) => ({ number: at + 1, line: line.trim() }))
    .filter(({ line }) => !/^([#;]|$)/.test(line));
}

function malformed(file: string, line: number, fault: string): Misuse {
  return new Misuse(`Line ${line} of "${file}" ${fault}`);
}
