import type * as openpgp from "openpgp";
import type { Secret } from "../model/secret.ts";
import { clearSign, type Signer } from "./signer.ts";

/**
 * Returns a function that unlocks the signing part of a private key when it is called: that takes a moment, and few commands
 * sign. It returns undefined if the key has no part that can sign now: it is locked, expired or not in the file.
 *
 * @param binary The private key, locked or not.
 */
export function ownerSignerOf(
  binary: Uint8Array,
  secret: Secret | undefined,
): () => Promise<Signer | undefined> {
  return async () => {
    const { readPrivateKey } = await import("openpgp");
    const key = await readPrivateKey({ binaryKey: binary });
    try {
      await unlock(await key.getSigningKey() as openpgp.PrivateKey | openpgp.Subkey, secret);
      const signer: Signer = {
        fingerprint: key.getFingerprint(),
        publicKey: key.toPublic().write(),
        sign: (text, now) => clearSign(key, text, now),
      };
      await signer.sign("nightdrop\n", new Date());
      return signer;
    } catch {
      return undefined; // openpgp.js has an error of its own for each reason
    }
  };
}

async function unlock(
  { keyPacket }: openpgp.PrivateKey | openpgp.Subkey,
  secret: Secret | undefined,
): Promise<void> {
  const packet = keyPacket as openpgp.SecretKeyPacket;
  if (!packet.isDecrypted() && secret !== undefined) await packet.decrypt(secret.reveal());
}
