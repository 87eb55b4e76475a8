import type * as openpgp from "openpgp";

/** Digests that each OpenPGP program has: SHA-512, SHA-256 (RFC 9580 section 9.5). */
const COMMON_DIGESTS: openpgp.enums.hash[] = [10, 8];

/** Name of the notation by which OpenPGP.js salts a signature. A signature that is made again gets a new one. */
const SALT = "salt@notations.openpgpjs.org";

/** Signs a certification of a user ID. The published types have the parameters of a signature of bytes. */
type SignCertification = (
  key: openpgp.PrivateKey["keyPacket"],
  data: { readonly userID: unknown; readonly key: openpgp.PrivateKey["keyPacket"] },
  date: Date | null,
  detached: boolean,
  config: openpgp.Config,
) => Promise<void>;

/**
 * Limits the preferred digests of a new, unlocked private key to those that GnuPG knows, and signs its user IDs again.
 *
 * OpenPGP.js always adds the SHA-3 digests, about which gpg 2.2 warns when it imports the key, and has no setting for it:
 * https://github.com/openpgpjs/openpgpjs/blob/main/src/key/factory.js
 */
export async function preferCommonDigests(key: openpgp.PrivateKey): Promise<void> {
  const { config } = await import("openpgp");
  for (const { userID, selfCertifications } of key.users) {
    for (const signature of selfCertifications) {
      signature.preferredHashAlgorithms = COMMON_DIGESTS;
      signature.rawNotations = signature.rawNotations.filter(({ name }) => name !== SALT);
      const sign = signature.sign.bind(signature) as unknown as SignCertification;
      await sign(key.keyPacket, { userID, key: key.keyPacket }, signature.created, false, config);
    }
  }
}
