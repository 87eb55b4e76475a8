import { Damage } from "../model/failure.ts";
import type { OpenSessionKey } from "../seal/message.ts";
import { type KeySource, NoIdentity, openerOf } from "../seal/session_key.ts";
import type { Snapshot } from "./snapshots.ts";

/**
 * Returns a function that decrypts the session key of a snapshot's index. If it is encrypted to other keys,
 * although the receipt names one of the identities as a recipient, the error is {@link Damage}; if the
 * receipt names none, it is {@link NoIdentity} with the fingerprints of the receipt.
 */
export function indexOpener({ receipt }: Snapshot, keys: KeySource): OpenSessionKey {
  const named = typeof keys !== "function" &&
    keys.some(({ fingerprint }) => receipt.recipients.includes(fingerprint));
  return refusing(
    openerOf(keys),
    (error) => named ? damage("The index", error) : error.naming(receipt.recipients),
  );
}

/**
 * Returns a function that decrypts the session key of a volume. Its index could be decrypted, so if the
 * volume is encrypted to other keys, the error is {@link Damage}.
 */
export function volumeOpener(number: number, keys: KeySource): OpenSessionKey {
  return refusing(openerOf(keys), (error) => damage(`Volume ${number}`, error));
}

function refusing(open: OpenSessionKey, refusal: (error: NoIdentity) => Error): OpenSessionKey {
  return async (packets) => {
    try {
      return await open(packets);
    } catch (error) {
      throw error instanceof NoIdentity ? refusal(error) : error;
    }
  };
}

function damage(what: string, { keyIds, hint }: NoIdentity): Damage {
  const keys = keyIds.slice(0, 3).join(", ") + (keyIds.length > 3 ? ", …" : "");
  return new Damage(`${what} is sealed for another key than its snapshot: ${keys}`, { hint });
}
