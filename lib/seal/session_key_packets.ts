/**
 * Session key packets apart from their messages: they can be opened on a machine that has the private key and no backups.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { sessionKeyPackets } from "./message.ts";
import { definiteLength, TAG } from "./packet.ts";

const HEADER = Uint8Array.of(0xc0 | TAG.publicKeySessionKey);

/** Head of an encrypted data packet, which ends the packets for those who read a message. */
const END = Uint8Array.of(0xc0 | TAG.encrypted, 1, 1);

/** Returns packets with these bodies. */
export function packetsOf(bodies: readonly Uint8Array[]): Buffer {
  return Buffer.concat(bodies.flatMap((body) => [HEADER, definiteLength(body.length), body]));
}

/** Returns the name of packets: their SHA-256. It says nothing of what they open. */
export function packetsId(packets: Uint8Array): string {
  return createHash("sha256").update(packets).digest("hex");
}

/**
 * Returns the bodies of packets that stand alone.
 *
 * @throws {Damage} if they are anything else than a few session key packets.
 */
export async function bodiesOf(packets: Uint8Array): Promise<Uint8Array[]> {
  return await sessionKeyPackets(messageOf(packets));
}

async function* messageOf(packets: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(packets);
  yield END;
}
