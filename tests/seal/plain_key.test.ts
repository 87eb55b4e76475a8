import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as openpgp from "openpgp";
import { printable } from "../../lib/model/printable.ts";
import { Secret } from "../../lib/model/secret.ts";
import { generateIdentity } from "../../lib/seal/identity.ts";
import { openingKeyOf } from "../../lib/seal/opening_key.ts";
import { TAG } from "../../lib/seal/packet.ts";
import { packetsIn } from "../../lib/seal/packet_list.ts";
import { type PlainKey, plainKey } from "../../lib/seal/plain_key.ts";
import { newSessionKey, openerOf } from "../../lib/seal/session_key.ts";
import { foreignTest } from "../support/foreign.ts";
import { flipped } from "./bytes.ts";
import { CURVE25519, type GnuPg, RSA, withGnuPg } from "./gnupg.ts";
import { bytesOf, newPair, ownerPair } from "./keys.ts";

const owner = await ownerPair();

function plain(file: string | Uint8Array): PlainKey | undefined {
  return plainKey(bytesOf(file), () => Promise.reject(new Error("OpenPGP.js is not needed")));
}

/** Compares an identity with what OpenPGP.js reads. */
async function assertAsOpenPgp(identity: PlainKey | undefined, file: string | Uint8Array): Promise<void> {
  const key = typeof file === "string"
    ? await openpgp.readPrivateKey({ armoredKey: file })
    : await openpgp.readPrivateKey({ binaryKey: file });
  const { keyIds, usable } = openingKeyOf(key);
  assert.ok(identity);
  assert.deepEqual([identity.fingerprint, identity.userId], [
    key.getFingerprint(),
    printable(key.getUserIDs()[0]!),
  ]);
  assert.deepEqual([identity.key.keyIds, identity.key.usable], [keyIds, usable]);
}

Deno.test("a new private key is read, and opens messages, without OpenPGP.js", async () => {
  const file = owner.armored.privateKey;
  for (const form of [file, file.replaceAll("\n", "\r\n"), file.replace("\n\n", "\nComment: mine\n\n")]) {
    const identity = plain(form);
    await assertAsOpenPgp(identity, file);
    const { key, packets } = await newSessionKey([owner.recipient]);
    assert.equal(
      (await openerOf([{ ...owner.identity, ...identity! }])([packets.subarray(2)])).toHex(),
      key.toHex(),
    );
  }
});

Deno.test("a plain private key signs, and is read by OpenPGP.js where that is needed", async () => {
  const signer = await owner.identity.signer();
  assert.equal(signer?.fingerprint, owner.armored.fingerprint);
  assert.ok(plain(owner.armored.privateKey));
  assert.equal((await owner.identity.key.whole()).getFingerprint(), owner.armored.fingerprint);
});

/** Where signatures lie in a binary key: what they hold is not read. */
function signatureAt(binary: Uint8Array<ArrayBuffer>, at: number): boolean {
  return packetsIn(Buffer.from(binary.buffer, binary.byteOffset, binary.length))!.some(({ tag, body }) => {
    const start = body.byteOffset - binary.byteOffset;
    return tag === TAG.signature && at >= start && at < start + body.length;
  });
}

Deno.test("an altered private key is left to OpenPGP.js, or is a key that it reads, too", async () => {
  const { data } = await openpgp.unarmor(owner.armored.privateKey);
  const binary = Uint8Array.from(data as Uint8Array);
  await assertAsOpenPgp(plain(binary), binary);
  let left = 0;
  for (let at = 0; at < binary.length; at += 1) {
    if (signatureAt(binary, at)) continue;
    const altered = flipped(binary, at);
    const identity = plain(altered);
    if (identity === undefined) left += 1;
    else await assertAsOpenPgp(identity, altered);
  }
  assert.ok(left > 100, `${left} of ${binary.length}`);
  for (let end = 0; end < binary.length; end += 1) assert.equal(plain(binary.subarray(0, end)), undefined);
});

Deno.test("other files are left to OpenPGP.js", async () => {
  const passphrase = new Secret("secret");
  const locked = await generateIdentity({ name: "Locked", passphrase, now: new Date() });
  const { privateKey, publicKey } = owner.armored;
  const other = (await newPair()).armored.privateKey;
  const files = ["", "hello", locked.privateKey, publicKey, privateKey + other, `Mine:\n${privateKey}`];
  for (const file of files) assert.equal(plain(file), undefined, file);
  const [first, second] = await Promise.all([privateKey, other].map((it) => openpgp.unarmor(it)));
  const both = Buffer.concat([first!.data as Uint8Array, second!.data as Uint8Array]);
  assert.equal(plain(both), undefined);
});

async function secretOf(gpg: GnuPg, kind: string): Promise<Uint8Array> {
  return await gpg.exportSecret(await gpg.generate(kind));
}

foreignTest(["gpg"], "a key of gpg is read without OpenPGP.js if it is of the same kind", async () => {
  await withGnuPg(async (gpg) => {
    const fingerprint = await gpg.generate(CURVE25519);
    await gpg.addSubkey(fingerprint);
    const armored = Buffer.from(await gpg.exportSecret(fingerprint)).toString();
    await assertAsOpenPgp(plain(armored), armored);
    await gpg.revoke(fingerprint);
    const revoked = Buffer.from(await gpg.exportSecret(fingerprint)).toString();
    await assertAsOpenPgp(plain(revoked), revoked);
    assert.equal(plain(await secretOf(gpg, RSA)), undefined);
  });
});
