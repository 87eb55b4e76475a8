import { Failure, Misuse, reason } from "../model/failure.ts";
import type { ReceiptLink } from "../model/receipt.ts";
import { attempt, type Chain, confirm, readChain } from "./chain.ts";
import { writeDurably } from "./durable.ts";
import { takeLock } from "./lock.ts";

/**
 * The host's local memory, one folder for each host: `lock`, `signer.asc` and `chain.json`. Nothing in it names
 * an object that was stored. Whoever holds a `State` holds the lock; it ends with `using`.
 */
export interface State extends Disposable {
  readonly folder: string;
  readonly chain: Chain;
  /** The armored signing key, or undefined before the first run. */
  signer(): string | undefined;
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
  const lock = takeLock(`${folder}/lock`, now);
  const chainFile = `${folder}/chain.json`;
  const signerFile = `${folder}/signer.asc`;
  try {
    const chain = readChain(chainFile);
    return {
      folder,
      chain,
      signer: () => readSecretFile(signerFile),
      keepSigner: (armored) => writeDurably(signerFile, armored, 0o600),
      attempt: (link) => attempt(chainFile, chain, link),
      confirm: (link) => confirm(chainFile, link),
      [Symbol.dispose]: () => lock[Symbol.dispose](),
    };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
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
