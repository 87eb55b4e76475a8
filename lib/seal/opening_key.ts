import type * as openpgp from "openpgp";
import { CURVE25519, type Curve25519Opener, curve25519Opener, ECDH } from "./curve25519.ts";
import { ALWAYS } from "./key_file.ts";

/** Private key that decrypts session keys. */
export interface OpeningKey {
  /** Ids of the key and its subkeys, in hexadecimal. */
  readonly keyIds: readonly string[];
  /** Those with a secret part. */
  readonly usable: readonly string[];
  /** Returns the opener of a part; undefined if it has none, or OpenPGP.js would not decrypt with this part. */
  opener(keyId: string): Promise<Curve25519Opener | undefined>;
  /** Returns the key of OpenPGP.js, without its locked parts. */
  whole(): Promise<openpgp.PrivateKey>;
}

/** Returns a key that OpenPGP.js has read. Its other parts are locked. */
export function openingKeyOf(key: openpgp.PrivateKey): OpeningKey {
  const openers = new Map<string, Promise<Curve25519Opener | undefined>>();
  const idOf = (part: openpgp.PrivateKey | openpgp.Subkey): string => part.getKeyID().toHex();
  return {
    keyIds: key.getKeys().map(idOf),
    usable: key.getKeys().filter(isUsable).map(idOf),
    opener: (keyId) => {
      const opener = openers.get(keyId) ?? openerIn(key as DecryptingKey, keyId);
      openers.set(keyId, opener);
      return opener;
    },
    whole: () => Promise.resolve(key),
  };
}

/** Whether a part of a key can decrypt. A locked primary key stays in its key as a dummy. */
function isUsable({ keyPacket }: openpgp.PrivateKey | openpgp.Subkey): boolean {
  return !(keyPacket as openpgp.SecretKeyPacket).isDummy();
}

/** A member of private keys that the types of openpgp.js do not declare. */
interface DecryptingKey extends openpgp.PrivateKey {
  getDecryptionKeys(id: openpgp.KeyID, date: Date): Promise<(openpgp.PrivateKey | openpgp.Subkey)[]>;
}

async function openerIn(key: DecryptingKey, keyId: string): Promise<Curve25519Opener | undefined> {
  const id = key.getKeys().map((it) => it.getKeyID()).find((it) => it.toHex() === keyId);
  if (id === undefined) return undefined;
  // As decryptSessionKeys selects them: it checks the signature that binds the part to the key, and its flags.
  const [part, ...others] = await key.getDecryptionKeys(id, ALWAYS).catch(() => []);
  return part === undefined || others.length > 0 ? undefined : openerOfPacket(part.keyPacket as Packet);
}

/** Members of secret key packets that the types of openpgp.js do not declare. */
interface Packet extends openpgp.SecretKeyPacket {
  readonly publicParams: {
    readonly oid: { write(): Uint8Array };
    readonly Q: Uint8Array;
    readonly kdfParams: { readonly hash: number; readonly cipher: number };
  };
  readonly privateParams: { readonly d: Uint8Array };
}

function openerOfPacket(packet: Packet): Curve25519Opener | undefined {
  const { version, algorithm, publicParams, privateParams } = packet;
  if (version !== 4 || algorithm !== ECDH || !CURVE25519.equals(publicParams.oid.write())) return undefined;
  const fingerprint = packet.getFingerprintBytes()!;
  return curve25519Opener({
    fingerprint,
    point: publicParams.Q,
    secret: privateParams.d,
    ...publicParams.kdfParams,
  });
}
