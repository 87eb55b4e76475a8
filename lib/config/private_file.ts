import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { Misuse, reason } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";
import { isStandardInput, readAnyFile } from "./special_file.ts";

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

/**
 * Returns the text of a file that holds a secret, also of a pipe or in `/dev/shm`.
 *
 * @throws {Misuse} as {@link readPrivateFile} does.
 */
export async function readPrivateText(file: string): Promise<string> {
  try {
    const mode = isStandardInput(file) ? undefined : modeOf(file);
    if (mode !== undefined) refuseOpenMode(file, mode);
    return new TextDecoder().decode(await readAnyFile(file));
  } catch (thrown) {
    if (thrown instanceof Misuse) throw thrown;
    throw unreadable(file, thrown);
  }
}

/** Undefined for what is below `/dev`: Deno says nothing about that unless it was granted everything. */
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
  throw new Misuse(`Others than its owner may use the secret in "${file}": its mode is ${octal}`, {
    hint: `chmod 600 ${shellWord(file)}`,
  });
}
