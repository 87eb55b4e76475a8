import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as openpgp from "openpgp";
import fc from "fast-check";
import { Damage } from "../../lib/model/failure.ts";
import type { Identity } from "../../lib/seal/identity.ts";
import { decryptWith, encryptFor } from "./messages.ts";
import type { RecipientKey } from "../../lib/seal/recipient.ts";
import { definiteLength } from "../../lib/seal/packet.ts";
import { newSessionKey, NoIdentity } from "../../lib/seal/session_key.ts";
import { collect, flipped, noise, pieces } from "./bytes.ts";
import { newPair, ownerPair } from "./keys.ts";

const owner = await ownerPair();
const stranger = await newPair("Stranger");

function encrypt(
  plain: Uint8Array<ArrayBuffer>,
  ...recipients: RecipientKey[]
): Promise<Buffer<ArrayBuffer>> {
  return collect(encryptFor(recipients.length > 0 ? recipients : [owner.recipient], [plain]));
}

function decrypt(message: Uint8Array, identity: Identity = owner.identity, chunk = 2 ** 16): Promise<Buffer> {
  return collect(decryptWith([identity], pieces(message, chunk)));
}

Deno.test("messages of every size around every boundary are decrypted", async () => {
  const borders = [2 ** 9, 2 ** 13 + 192, 2 ** 18, 2 ** 19, 2 ** 20];
  const sizes = [
    ...Array.from({ length: 260 }, (_, at) => at),
    ...borders.flatMap((border) => Array.from({ length: 80 }, (_, at) => border - 65 + at)),
  ];
  const bytes = noise(2 ** 20 + 100);
  for (const size of sizes) {
    const plain = bytes.subarray(0, size);
    assert.ok((await decrypt(await encrypt(plain))).equals(plain), `${size} bytes`);
  }
});

Deno.test("the sizes of input and output chunks do not matter", async () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(chunks, fc.integer({ min: 1, max: 5000 }), async (chunks, size) => {
      const plain = chunks.map((it) => Uint8Array.from(it));
      const message = await collect(encryptFor([owner.recipient], plain));
      assert.ok((await decrypt(message, owner.identity, size)).equals(Buffer.concat(plain)));
    }),
    { numRuns: 40 },
  );
});

Deno.test("no two messages are the same", async () => {
  const plain = noise(100);
  assert.notDeepEqual((await encrypt(plain)).subarray(96), (await encrypt(plain)).subarray(96));
});

Deno.test("each of several recipients reads the message", async () => {
  const message = await encrypt(noise(1000), owner.recipient, stranger.recipient);
  for (const { identity } of [owner, stranger]) {
    assert.ok((await decrypt(message, identity)).equals(noise(1000)));
  }
  const both = decryptWith([stranger.identity, owner.identity], pieces(message, 100));
  assert.ok((await collect(both)).equals(noise(1000)));
});

Deno.test("a message for others names their key ids and is not called damaged", async () => {
  const message = await encrypt(noise(10), owner.recipient);
  await assert.rejects(decrypt(message, stranger.identity), (error) => {
    assert.ok(error instanceof NoIdentity);
    assert.deepEqual(error.keyIds, [owner.recipient.subkey.toHex()]);
    assert.ok(error.message.includes(owner.recipient.subkey.toHex()));
    return true;
  });
  await assert.rejects(collect(decryptWith([], pieces(message, 100))), NoIdentity);
});

Deno.test("every flipped bit of a message is damage", async () => {
  const message = await encrypt(noise(40));
  const isKeyId = (at: number): boolean => at >= 3 && at < 11; // an altered key id is one that nobody has
  const ignoredBit = 46 * 8 + 7; // the highest bit of a point on Curve25519 (RFC 7748 section 5)
  for (let index = 0; index < message.length * 8; index++) {
    const at = index >> 3;
    const reading = decrypt(flipped(message, at, index & 7));
    if (index === ignoredBit) assert.ok((await reading).equals(noise(40)));
    else await assert.rejects(reading, isKeyId(at) ? NoIdentity : Damage, `bit ${index & 7} of byte ${at}`);
  }
});

Deno.test("a flipped bit in a long message is damage", async () => {
  const message = await encrypt(noise(600_000));
  const at = fc.oneof(fc.integer({ min: 100, max: 200 }), fc.integer({ min: 100, max: message.length - 1 }));
  await fc.assert(
    fc.asyncProperty(at, fc.nat(7), async (at, bit) => {
      await assert.rejects(decrypt(flipped(message, at, bit)), Damage);
    }),
    { numRuns: 60 },
  );
});

Deno.test("a message cut off anywhere is damage", async () => {
  const message = await encrypt(noise(40));
  for (let length = 0; length < message.length; length++) {
    await assert.rejects(decrypt(message.subarray(0, length)), Damage, `${length} bytes`);
  }
  const long = await encrypt(noise(600_000));
  for (const length of [200, 2 ** 18, 2 ** 18 + 100, 2 ** 19 + 103, long.length - 23, long.length - 1]) {
    await assert.rejects(decrypt(long.subarray(0, length)), Damage, `${length} bytes`);
  }
});

Deno.test("anything after a message is damage: a byte, a packet, another message", async () => {
  const message = await encrypt(noise(40));
  const empty = Uint8Array.of(0xca, 3, 0x50, 0x47, 0x50); // a marker packet
  for (const tail of [Uint8Array.of(0), Uint8Array.of(10), empty, message, noise(1000)]) {
    for (const chunk of [1, message.length, 10_000]) {
      await assert.rejects(decrypt(Buffer.concat([message, tail]), owner.identity, chunk), Damage);
    }
  }
});

Deno.test("the last chunk is yielded only if the message is complete", async () => {
  const message = await encrypt(noise(600_000));
  let seen = 0;
  const reading = async (): Promise<void> => {
    const altered = flipped(message, message.length - 1);
    for await (const chunk of decryptWith([owner.identity], pieces(altered, 1000))) seen += chunk.length;
  };
  await assert.rejects(reading, Damage);
  assert.ok(seen < 9 * 2 ** 16, `${seen}`);
});

/** Each message is damage, whose text says why. */
async function refuses(
  cases: readonly (readonly [expected: RegExp, message: Uint8Array])[],
): Promise<void> {
  for (const [expected, message] of cases) {
    await assert.rejects(decrypt(message), (error) => {
      assert.ok(error instanceof Damage, String(error));
      assert.match(error.message, expected);
      return true;
    });
  }
}

Deno.test("messages of other forms are refused with the reason", async () => {
  const encryptionKeys = owner.recipient.key;
  const sessionKey = { data: noise(32), algorithm: "aes256" } as const;
  const text = await openpgp.createMessage({ text: "text" });
  const binary = await openpgp.createMessage({ binary: noise(300) });
  const other = async (options: Partial<openpgp.EncryptOptions>): Promise<Uint8Array> =>
    await openpgp.encrypt({
      message: binary,
      encryptionKeys,
      sessionKey,
      ...options,
      format: "binary",
    }) as Uint8Array;
  const aead = { aeadProtect: true } as const;
  const cases: [RegExp, Uint8Array][] = [
    [/plain data/, await other({ signingKeys: await owner.identity.key.whole() })],
    [
      /compressed by OpenPGP/,
      await other({ config: { preferredCompressionAlgorithm: openpgp.enums.compression.zlib } }),
    ],
    [/text, not binary/, await other({ message: text })],
    [/aes128/, await other({ sessionKey: { data: noise(16), algorithm: "aes128" } })],
    [/password/, await other({ passwords: "secret", encryptionKeys: [] })],
    [/version 6/, await other({ sessionKey: { ...sessionKey, aeadAlgorithm: "ocb" }, config: aead })],
    [/private key/, (await owner.identity.key.whole()).write()],
    [/No OpenPGP packet/, Buffer.from("-----BEGIN PGP MESSAGE-----\n")],
  ];
  await refuses(cases);
});

/** A message of ours with other packets at its head. */
async function withHead(change: (sessionKeys: Buffer) => Uint8Array): Promise<Buffer> {
  const message = await encrypt(noise(300));
  const { length } = (await newSessionKey([owner.recipient])).packets;
  return Buffer.concat([change(message.subarray(0, length)), message.subarray(length)]);
}

/** A packet of a type. */
function packet(tag: number, body: Uint8Array): Buffer {
  return Buffer.concat([[0xc0 | tag], definiteLength(body.length), body].map((it) => Buffer.from(it)));
}

Deno.test("packets that do not belong to a message, and too many session keys, are refused", async () => {
  const foreign = packet(1, Uint8Array.of(3, ...noise(8), 18, ...noise(60)));
  const cases: [RegExp, Buffer][] = [
    [/packet of type 10/, await withHead((keys) => Buffer.concat([packet(10, Buffer.from("PGP")), keys]))],
    [/packet of type 21/, await withHead((keys) => Buffer.concat([keys, packet(21, noise(50))]))],
    [/packet of type 10/, await withHead((keys) => Buffer.concat([keys, packet(10, Buffer.from("PGP"))]))],
    [/a signature/, await withHead((keys) => Buffer.concat([packet(4, noise(13)), keys]))],
    [/integrity protection/, await withHead((keys) => Buffer.concat([keys, packet(9, noise(300))]))],
    [/encrypted data|type 18|public keys/, await withHead(() => Buffer.alloc(0))],
    [/session keys/, await withHead((keys) => Buffer.concat([keys, ...Array(10_000).fill(foreign)]))],
    [/17 session keys/, await withHead((keys) => Buffer.concat(Array(17).fill(keys)))],
    [/version 6/, await withHead((keys) => Buffer.concat([keys, packet(1, Uint8Array.of(6, ...noise(60)))]))],
    [/larger than any/, await withHead((keys) => Buffer.concat([keys, packet(1, noise(3000))]))],
  ];
  await refuses(cases);
});

Deno.test("a message with as many recipients as a receipt may name is read", async () => {
  const foreign = packet(1, Uint8Array.of(3, ...noise(8), 18, ...noise(60)));
  const message = await withHead((keys) => Buffer.concat([...Array(99).fill(foreign), keys]));
  await assert.rejects(decrypt(message), Damage, "whose packets have to be well formed");
  const several = await Promise.all(Array.from({ length: 3 }, () => newPair()));
  const whole = await collect(
    encryptFor([...several.map((it) => it.recipient), owner.recipient], [noise(300)]),
  );
  assert.ok((await decrypt(whole)).equals(Buffer.from(noise(300))));
});

Deno.test("openpgp.js writes and reads the same messages", async () => {
  const plain = noise(5000);
  const sessionKey = { data: noise(32), algorithm: "aes256" } as const;
  const message = await openpgp.encrypt({
    message: await openpgp.createMessage({ binary: plain }),
    encryptionKeys: owner.recipient.key,
    sessionKey,
    format: "binary",
  });
  assert.ok((await decrypt(message as Uint8Array)).equals(plain));
  const binaryMessage: Uint8Array = await encrypt(plain);
  const { data } = await openpgp.decrypt({
    message: await openpgp.readMessage({ binaryMessage }),
    decryptionKeys: await owner.identity.key.whole(),
    format: "binary",
  });
  assert.deepEqual(data, plain);
});

Deno.test("ending the iteration closes the source", async () => {
  const message = await encrypt(noise(10 ** 6));
  let closed = false;
  const source = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* pieces(message, 1000);
    } finally {
      closed = true;
    }
  };
  for await (const _ of decryptWith([owner.identity], source())) break;
  assert.ok(closed);
});
