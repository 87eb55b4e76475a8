import { refuseExposed } from "../disk/trust.ts";
import { Failure, reason } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";
import { writeDurably, writeHint } from "./durable.ts";
import { takeLock } from "./lock.ts";
import { readStateFile } from "./state_file.ts";

/** Contents of a state directory that can be read. */
export interface ReadableState {
  readonly directory: string;
  /** Where the signing key is, for messages. */
  readonly signerFile: string;
  /**
   * The armored signing key, or undefined before the first run.
   *
   * @throws {Failure} when its file cannot be used.
   */
  signer(): string | undefined;
}

/**
 * The host's local memory, one directory for each host: `lock`, `signer.asc`, and what it knows of each of its stores in
 * `stores` (see `store_state.ts`). Nothing in it names an object that was stored. The owner of a `State` holds the lock;
 * it ends with `using`.
 */
export interface State extends ReadableState, Disposable {
  /** Keeps a new signing key, readable by this user alone. */
  keepSigner(armored: string): void;
}

/** Returns the state directory of a host: one for each below the config's `state`. */
export function stateDirectory({ state, name }: { readonly state: string; readonly name: string }): string {
  return `${state}/${name}`;
}

/**
 * Opens the state directory of a host, which is made when it is missing, and takes its lock. The space for what has to be
 * written at the end is taken, too, so that no run sends everything and then fails for a full disk.
 *
 * @throws {Locked} when another run holds the lock.
 * @throws {Failure} when the directory or a file in it cannot be used; {@link Misuse} when root would use one that others
 *   can change.
 */
export function openState(directory: string, now: Date): State {
  refuseExposed(directory, "the state directory");
  makeDirectory(directory);
  const lock = takeLock(lockOf(directory), now);
  return {
    ...readState(directory),
    keepSigner: (armored) => writeDurably(signerOf(directory), armored),
    [Symbol.dispose]: () => lock[Symbol.dispose](),
  };
}

/** Reads a state directory, and changes nothing in it. Without one there is nothing that the host knows. */
export function readState(directory: string): ReadableState {
  const signerFile = signerOf(directory);
  return { directory, signerFile, signer: () => readSigner(signerFile) };
}

/** The file of a state directory's lock. */
export function lockOf(directory: string): string {
  return `${directory}/lock`;
}

function signerOf(directory: string): string {
  return `${directory}/signer.asc`;
}

function makeDirectory(directory: string): void {
  try {
    Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Failure(`Cannot make the state directory "${directory}": ${reason(error)}`, {
      hint: writeHint(error, directory.slice(0, directory.lastIndexOf("/")) || "/"),
      cause: error,
    });
  }
}

/** The most that a signing key takes in its file. */
const MAX_SIGNER_BYTES = 64 * 1024;

function readSigner(file: string): string | undefined {
  const word = shellWord(file);
  return readStateFile(file, {
    maxBytes: MAX_SIGNER_BYTES,
    secret: true,
    remedy:
      `Put the signing key back from a copy. Where there is none: \`rm -rf ${word}\`, and the next backup makes a ` +
      'new key, which you then pin as "signer"',
  });
}
