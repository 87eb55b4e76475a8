import { Failure, Misuse, reason } from "../model/failure.ts";
import type { ReceiptLink } from "../model/receipt.ts";
import { attempt, type Chain, confirm, readChain } from "./chain.ts";
import { writeDurably } from "./durable.ts";
import { takeLock } from "./lock.ts";

/** What can be read in a state folder. */
export interface Known {
  readonly folder: string;
  readonly chain: Chain;
  /** The armored signing key, or undefined before the first run. */
  signer(): string | undefined;
}

/**
 * The host's local memory, one folder for each host: `lock`, `signer.asc` and `chain.json`. Nothing in it names
 * an object that was stored. Whoever holds a `State` holds the lock; it ends with `using`.
 */
export interface State extends Known, Disposable {
  /** Keeps a new signing key, readable by this user alone. */
  keepSigner(armored: string): void;
  /** Before a receipt is sent. */
  attempt(link: ReceiptLink): void;
  /** After a receipt was stored. */
  confirm(link: ReceiptLink): void;
}

/**
 * Opens the state folder of a host, which is made when it is missing, and takes its lock.
 *
 * @throws {Locked} when another run holds the lock.
 * @throws {Failure} when the folder cannot be used.
 */
export function openState(folder: string, now: Date): State {
  makeFolder(folder);
  const lock = takeLock(lockOf(folder), now);
  try {
    const known = readState(folder);
    return {
      ...known,
      keepSigner: (armored) => writeDurably(signerOf(folder), armored, 0o600),
      attempt: (link) => attempt(chainOf(folder), known.chain, link),
      confirm: (link) => confirm(chainOf(folder), link),
      [Symbol.dispose]: () => lock[Symbol.dispose](),
    };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

/**
 * Reads a state folder, and changes nothing in it. Without one there is nothing that the host knows.
 *
 * @throws {Failure} when it cannot be understood.
 */
export function readState(folder: string): Known {
  return { folder, chain: readChain(chainOf(folder)), signer: () => readSecretFile(signerOf(folder)) };
}

/** The file of a state folder's lock. */
export function lockOf(folder: string): string {
  return `${folder}/lock`;
}

function chainOf(folder: string): string {
  return `${folder}/chain.json`;
}

function signerOf(folder: string): string {
  return `${folder}/signer.asc`;
}

function makeFolder(folder: string): void {
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Failure(`Cannot make the state folder "${folder}": ${reason(error)}`, {
      hint: 'Give "state" in the config a folder that this user can write',
      cause: error,
    });
  }
}

function readSecretFile(file: string): string | undefined {
  try {
    const { mode } = Deno.statSync(file);
    if (mode !== null && (mode & 0o077) !== 0) {
      throw new Misuse(`Others can read the signing key "${file}"`, {
        hint: `chmod 600 ${file}; if somebody may have copied it, remove it and pin the new one`,
      });
    }
    return Deno.readTextFileSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
