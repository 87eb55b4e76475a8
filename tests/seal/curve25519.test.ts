import assert from "node:assert/strict";
import * as openpgp from "openpgp";
import fc from "fast-check";
import { type Curve25519Opener, isCurve25519 } from "../../lib/seal/curve25519.ts";
import { openingKeyOf } from "../../lib/seal/opening_key.ts";
import { newSessionKey, openerOf } from "../../lib/seal/session_key.ts";
import { packetsOf } from "../../lib/seal/session_key_packets.ts";
import { foreignTest } from "../support/foreign.ts";
import { flipped } from "./bytes.ts";
import { CURVE25519, RSA, withGnuPg } from "./gnupg.ts";
import { identityOf, newPair, ownerPair, recipientOf } from "./keys.ts";

const owner = await ownerPair();
const key = await openpgp.readPrivateKey({ armoredKey: owner.armored.privateKey });
const subkey = key.subkeys[0]!.getKeyID().toHex();
const open = (await openingKeyOf(key).opener(subkey)) as Curve25519Opener;

/** Bodies of packets with the same session key, one for each recipient. */
async function bodies(
  ...recipients: Parameters<typeof newSessionKey>[0]
): Promise<[Uint8Array, Uint8Array[]]> {
  const { key, packets } = await newSessionKey(recipients);
  const { packets: parsed } = await openpgp.readMessage({
    binaryMessage: packets,
    config: { enforceGrammar: false },
  });
  return [
    key,
    [...parsed].map((it) => (it as openpgp.PublicKeyEncryptedSessionKeyPacket).write() as Uint8Array),
  ];
}

/** What OpenPGP.js decrypts. */
async function byOpenPgp(body: Uint8Array): Promise<string | undefined> {
  try {
    const message = await openpgp.readMessage<Uint8Array>({
      binaryMessage: packetsOf([body]),
      config: { enforceGrammar: false },
    });
    const [opened] = await openpgp.decryptSessionKeys({ message, decryptionKeys: key });
    return opened?.data.toHex();
  } catch {
    return undefined;
  }
}

Deno.test("a session key for Curve25519 is decrypted as OpenPGP.js decrypts it", async () => {
  for (let count = 0; count < 50; count += 1) {
    const [expected, [body]] = await bodies(owner.recipient);
    assert.ok(isCurve25519(body!));
    assert.equal(open(body!)?.toHex(), expected.toHex());
    assert.equal(await byOpenPgp(body!), expected.toHex());
  }
});

Deno.test("an altered session key packet gives what OpenPGP.js gives, or nothing", async () => {
  const [, [body]] = await bodies(owner.recipient);
  const at = fc.integer({ min: 9, max: body!.length - 1 });
  await fc.assert(
    fc.asyncProperty(at, fc.integer({ min: 0, max: 7 }), async (at, bit) => {
      const altered = flipped(body!, at, bit);
      const opened = open(altered)?.toHex();
      if (opened !== undefined) assert.equal(opened, await byOpenPgp(altered));
    }),
    { numRuns: 300 },
  );
  assert.equal(open(body!.subarray(1)), undefined);
  assert.equal(open(Uint8Array.of(...body!, 0)), undefined);
  const lowOrder = Uint8Array.from(body!).fill(0, 13, 45);
  assert.equal(open(lowOrder), undefined);
});

Deno.test("session keys for several recipients are decrypted by each of them", async () => {
  const stranger = await newPair("Stranger");
  const [expected, both] = await bodies(owner.recipient, stranger.recipient);
  for (const { identity } of [owner, stranger]) {
    assert.equal((await openerOf([identity])(both)).toHex(), expected.toHex());
  }
  const ofBoth = await openerOf([owner.identity, stranger.identity])(both);
  assert.equal(ofBoth.toHex(), expected.toHex());
});

Deno.test("a subkey that the primary key does not sign has no opener", async () => {
  const other = await openpgp.readPrivateKey({ armoredKey: (await newPair()).armored.privateKey });
  const stolen = await openpgp.readPrivateKey({ armoredKey: owner.armored.privateKey });
  stolen.subkeys[0]!.bindingSignatures = other.subkeys[0]!.bindingSignatures;
  assert.equal(await openingKeyOf(stolen).opener(subkey), undefined);
});

foreignTest(["gpg"], "keys of gpg are opened, those of another algorithm by OpenPGP.js", async () => {
  await withGnuPg(async (gpg) => {
    for (const [kind, isQuick] of [[CURVE25519, true], [RSA, false]] as const) {
      const fingerprint = await gpg.generate(kind);
      const recipient = await recipientOf(await gpg.export(fingerprint), fingerprint);
      const [expected, packets] = await bodies(recipient);
      const identity = await identityOf(await gpg.exportSecret(fingerprint));
      const opener = await identity.key.opener(recipient.subkey.toHex());
      assert.equal(opener?.(packets[0]!)?.toHex(), isQuick ? expected.toHex() : undefined);
      assert.equal((await openerOf([identity])(packets)).toHex(), expected.toHex());
    }
  });
});
