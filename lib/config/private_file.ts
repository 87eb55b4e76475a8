import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { Misuse, reason } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";

/**
 * The text of a file that holds a secret.
 *
 * @throws {Misuse} when it cannot be read, or when its group or others could.
 */
export function readPrivateFile(file: string): string {
  const descriptor = attempt(file, () => openSync(file, "r"));
  try {
    // Asked of the open file, so that no other can be put in its place in between.
    const { mode } = attempt(file, () => fstatSync(descriptor));
    refuseOpenMode(file, mode);
    return attempt(file, () => readFileSync(descriptor, "utf8"));
  } finally {
    closeSync(descriptor);
  }
}

function attempt<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    throw new Misuse(`Cannot read the secret in "${file}": ${reason(thrown)}`, { cause: thrown });
  }
}

function refuseOpenMode(file: string, mode: number): void {
  if ((mode & 0o077) === 0) return;
  const octal = (mode & 0o777).toString(8).padStart(4, "0");
  throw new Misuse(`Others than its owner may use the secret in "${file}": its mode is ${octal}`, {
    hint: `chmod 600 ${shellWord(file)}`,
  });
}
