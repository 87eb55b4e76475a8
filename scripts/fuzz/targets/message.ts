import { Buffer } from "node:buffer";
import { createCipheriv, createHash } from "node:crypto";
import { Damage } from "../../../lib/model/failure.ts";
import { generateIdentity, readIdentities } from "../../../lib/seal/identity.ts";
import {
  decryptMessage,
  encryptMessage,
  type OpenSessionKey,
  type SessionKey,
} from "../../../lib/seal/message.ts";
import { definiteLength } from "../../../lib/seal/packet.ts";
import { readRecipient } from "../../../lib/seal/recipient.ts";
import { newSessionKey, NoIdentity, openerOf } from "../../../lib/seal/session_key.ts";
import type { Dice } from "../../simulate/dice.ts";
import { bytesOf, demand, streamOf, type Target } from "../target.ts";

const TEXTS = ["", "text", "x".repeat(3000)];

interface Keys {
  readonly session: SessionKey;
  readonly open: OpenSessionKey;
}

let keys: Promise<Keys> | undefined;

async function newKeys(): Promise<Keys> {
  const now = new Date("2026-01-01T00:00:00Z");
  const { publicKey, privateKey, fingerprint } = await generateIdentity({ name: "fuzz", now });
  const recipient = await readRecipient(bytesOf(publicKey), { name: "fuzz", fingerprint, now: new Date() });
  const identities = await readIdentities(bytesOf(privateKey), { name: "fuzz" });
  return { session: await newSessionKey([recipient]), open: openerOf(identities) };
}

/** Messages as they come out of a store. Whatever is changed in one is noticed. */
export const MESSAGE: Target = {
  name: "message",
  async samples(): Promise<Uint8Array[]> {
    const { session } = await (keys ??= newKeys());
    return await Promise.all(TEXTS.map((text) => collected(encryptMessage(session, [bytesOf(text)]))));
  },
  async run(input): Promise<void> {
    const { open } = await (keys ??= newKeys());
    const plain = await collected(decryptMessage(open, streamOf(input)));
    demand(TEXTS.includes(plain.toString()), `it holds ${plain.length} bytes that were never encrypted`);
  },
  refuses: (error) => error instanceof Damage || error instanceof NoIdentity,
};

const KEY = new Uint8Array(32).fill(7);

/** The packets inside of a message and around them, encrypted as they are: what only who seals can change. */
export const PACKETS: Target = {
  name: "packets",
  samples: () => TEXTS.map((text) => Uint8Array.from(literal(bytesOf(text)))),
  words: ["\xcb", "\xd3\x14", "b\0\0\0\0\0", "\xc8", "\xff\xff\xff\xff\xff", "\xe9", "\xf2"],
  make(sample, dice): Uint8Array {
    const packet = literal(sample.subarray(0, 2000), dice);
    return dice.chance(0.2) ? Buffer.concat([packet, literal(bytesOf("more"), dice)]) : packet;
  },
  async run(input): Promise<void> {
    const message = sealed(input);
    const plain = await collected(decryptMessage(() => Promise.resolve(KEY), streamOf(message, 100)));
    const again = await collected(decryptMessage(() => Promise.resolve(KEY), streamOf(message)));
    demand(plain.equals(again), "pieces of 100 bytes give something else");
    demand(plain.length <= input.length, "more comes out than is in it");
  },
  refuses: (error) => error instanceof Damage,
};

/** A literal data packet, in some form of length. */
function literal(data: Uint8Array, dice?: Dice): Buffer {
  const body = Buffer.concat([bytesOf(dice?.chance(0.2) ? "t" : "b"), new Uint8Array(5), data]);
  const form = dice?.below(4) ?? 0;
  if (form === 1) return Buffer.concat([Uint8Array.of(0xae), lengthOf(body.length), body]);
  if (form === 2 && body.length > 512) {
    const [first, rest] = [body.subarray(0, 512), body.subarray(512)];
    return Buffer.concat([Uint8Array.of(0xcb, 0xe9), first, definiteLength(rest.length), rest]);
  }
  if (form === 3) {
    return Buffer.concat([Uint8Array.of(0xcb, 255), lengthOf(body.length + dice!.below(3)), body]);
  }
  return Buffer.concat([Uint8Array.of(0xcb), definiteLength(body.length), body]);
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes);
  return length;
}

/** A message with these packets inside, and a right modification detection code. */
function sealed(packets: Uint8Array): Buffer {
  const head = Buffer.concat([new Uint8Array(18), packets, Uint8Array.of(0xd3, 20)]);
  const plain = Buffer.concat([head, createHash("sha1").update(head).digest()]);
  const cipher = createCipheriv("aes-256-ecb", KEY, null).setAutoPadding(false);
  const encrypted = Buffer.alloc(plain.length);
  let before = Buffer.alloc(16);
  for (let at = 0; at < plain.length; at += 16) {
    const stream = cipher.update(before);
    for (let in_ = at; in_ < Math.min(at + 16, plain.length); in_++) {
      encrypted[in_] = plain[in_]! ^ stream[in_ - at]!;
    }
    before = encrypted.subarray(at, at + 16);
  }
  cipher.final();
  const body = Buffer.concat([Uint8Array.of(1), encrypted]);
  const key = Uint8Array.of(0xc1, 10, 3, ...new Uint8Array(8), 1);
  return Buffer.concat([key, Uint8Array.of(0xd2), definiteLength(body.length), body]);
}

async function collected(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Uint8Array[] = [];
  for await (const chunk of chunks) copies.push(chunk.slice());
  return Buffer.concat(copies);
}
