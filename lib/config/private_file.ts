import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { refuseExposed } from "../disk/trust.ts";
import { Misuse, reason } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";
import { isStandardInput, readAnyFile } from "./special_file.ts";

/**
 * Returns the text of a file with a secret.
 *
 * @throws {Misuse} if the file cannot be read, if its group or others can read it, or if others could exchange it for root.
 */
export function readPrivateFile(file: string): string {
  const descriptor = attempt(file, () => openSync(file, "r"));
  try {
    // Check the open file, so that it cannot be replaced between check and read.
    const { mode } = attempt(file, () => fstatSync(descriptor));
    refuseOpenMode(file, mode);
    refuseExposed(file, "the secret in");
    return attempt(file, () => readFileSync(descriptor, "utf8"));
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Returns the text of a file with a secret, which may also be a pipe or in `/dev/shm`.
 *
 * @throws {Misuse} if the file cannot be read, or if its group or others can read it.
 */
export async function readPrivateText(file: string): Promise<string> {
  try {
    const mode = isStandardInput(file) ? undefined : modeOf(file);
    if (mode !== undefined) {
      refuseOpenMode(file, mode);
      refuseExposed(file, "the secret in");
    }
    return new TextDecoder().decode(await readAnyFile(file));
  } catch (thrown) {
    if (thrown instanceof Misuse) throw thrown;
    throw unreadable(file, thrown);
  }
}

/** Returns the mode of a file; undefined below `/dev`, where Deno requires all permissions to read it. */
function modeOf(file: string): number | undefined {
  try {
    return Deno.statSync(file).mode!;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

function attempt<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    throw unreadable(file, thrown);
  }
}

function unreadable(file: string, thrown: unknown): Misuse {
  return new Misuse(`Cannot read the secret in "${file}": ${reason(thrown)}`, { cause: thrown });
}

function refuseOpenMode(file: string, mode: number): void {
  if ((mode & 0o077) === 0) return;
  const octal = (mode & 0o777).toString(8).padStart(4, "0");
  throw new Misuse(`Cannot use the secret in "${file}": other users have access, its mode is ${octal}`, {
    hint: `Run: chmod 600 ${shellWord(file)}`,
  });
}
