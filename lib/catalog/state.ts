import { refuseExposed } from "../disk/trust.ts";
import { Failure, reason } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";
import { writeDurably, writeHint } from "./durable.ts";
import { takeLock } from "./lock.ts";
import { readStateFile } from "./state_file.ts";

/** State directory that can be read. */
export interface ReadableState {
  readonly directory: string;
  /** Path of the signing key, for messages. */
  readonly signerFile: string;
  /**
   * Returns the armored signing key; undefined before the first run.
   *
   * @throws {Failure} if its file cannot be used.
   */
  signer(): string | undefined;
}

/**
 * State directory of a host: `lock`, `signer.asc`, and in `stores` the state for each of its stores (see
 * `store_state.ts`). It contains no names of stored objects. The owner of a `State` holds the lock; `using`
 * releases it.
 */
export interface State extends ReadableState, Disposable {
  /** Stores a new signing key. Only this user can read it. */
  keepSigner(armored: string): void;
}

/** Returns the state directory of a host: one for each host below the config's `state`. */
export function stateDirectory({ state, name }: { readonly state: string; readonly name: string }): string {
  return `${state}/${name}`;
}

/**
 * Opens the state directory of a host, creates it if it is missing, and takes its lock. The space for the
 * files that are written at the end is reserved, so that no run sends everything and then fails because the
 * disk is full.
 *
 * @throws {Locked} if another run holds the lock.
 * @throws {Failure} if the directory or a file in it cannot be used.
 * @throws {Misuse} if root would use a directory that others can change.
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

/** Opens a state directory to read it. Nothing in it is changed, and it may be missing. */
export function readState(directory: string): ReadableState {
  const signerFile = signerOf(directory);
  return { directory, signerFile, signer: () => readSigner(signerFile) };
}

/** Returns the path of a state directory's lock. */
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

/** Maximum size in bytes of the file of a signing key. */
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
