import assert from "node:assert/strict";
import * as openpgp from "openpgp";
import { Damage, Misuse } from "../../lib/model/failure.ts";
import { formatClearSigned, parseClearSigned } from "../../lib/seal/clear_signed.ts";
import { generateSigner, readSigner, signedText, type Signer, verifySigned } from "../../lib/seal/signer.ts";
import { foreignTest, must, run } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { withGnuPg } from "./gnupg.ts";
import { newPair } from "./keys.ts";

const NOW = new Date("2026-11-23T05:00:00Z");
const TEXT =
  '{\n "format": "nightdrop-receipt/1",\n "unread": 0,\n- dash\n-----BEGIN PGP SIGNATURE-----\n "host": "é"\n}\n';

const armored = await generateSigner("web1.example.org", NOW);
const signer = await readSigner(armored);
const other = await readSigner(await generateSigner("web2.example.org", NOW));

function verify(signed: string, by: Signer = signer): Promise<string> {
  return verifySigned(signed, by.publicKey, by.fingerprint);
}

/** When a text says that it was signed. */
async function timeOf(signed: string): Promise<Date> {
  const { packets } = await openpgp.readSignature({ binarySignature: parseClearSigned(signed).signature });
  return (packets[0] as openpgp.SignaturePacket).created!;
}

Deno.test("a signed text is verified unchanged, with the time of the signer", async () => {
  for (
    const text of [
      TEXT,
      "",
      "\n",
      "one line",
      "\n\nlines\n\n\n",
      "x".repeat(100_000),
      "\u2028-\u2029- \u{1f600}",
    ]
  ) {
    const signed = await signer.sign(text, NOW);
    assert.equal(await verify(signed), text);
    assert.deepEqual(await timeOf(signed), NOW);
    assert.equal(signedText(signed), text);
  }
});

Deno.test("a text that a clear signature does not cover to the letter is not signed", async () => {
  for (const text of ["a \n", "a\r\n", "a\0"]) await assert.rejects(signer.sign(text, NOW), TypeError);
});

Deno.test("a clock that was set back does not stop a host from signing", async () => {
  const signed = await signer.sign(TEXT, new Date("2020-01-01"));
  assert.equal(await verify(signed), TEXT);
  assert.deepEqual(await timeOf(signed), NOW);
});

Deno.test("every altered character of a signed text is damage", async () => {
  const signed = await signer.sign(TEXT, NOW);
  for (let at = 0; at < signed.length; at++) {
    for (const flip of [1, 2, 4, 8, 16, 32, 64]) {
      const altered = String.fromCharCode(signed.charCodeAt(at) ^ flip);
      await assert.rejects(
        verify(signed.slice(0, at) + altered + signed.slice(at + 1)),
        Damage,
        `${at} ^ ${flip}`,
      );
    }
  }
});

Deno.test("every lost, doubled or added character of a signed text is damage", async () => {
  const signed = await signer.sign(TEXT, NOW);
  for (let at = 0; at <= signed.length; at++) {
    const [before, after] = [signed.slice(0, at), signed.slice(at)];
    for (const altered of [before, before + after.slice(1), before + " " + after, before + "\n" + after]) {
      if (altered !== signed) await assert.rejects(verify(altered), Damage, `${at}`);
    }
  }
});

Deno.test("a signature is good only with the key of that fingerprint", async () => {
  const signed = await signer.sign(TEXT, NOW);
  const cases: [string, Uint8Array, string][] = [
    ["another key", other.publicKey, other.fingerprint],
    ["another key under this fingerprint", other.publicKey, signer.fingerprint],
    ["this key under another fingerprint", signer.publicKey, other.fingerprint],
    ["two keys", new Uint8Array([...signer.publicKey, ...other.publicKey]), signer.fingerprint],
    ["no key", new Uint8Array(), signer.fingerprint],
    ["half a key", signer.publicKey.subarray(0, 40), signer.fingerprint],
    ["the private key", (await openpgp.readKey({ armoredKey: armored })).write(), signer.fingerprint],
  ];
  for (const [name, publicKey, fingerprint] of cases) {
    await assert.rejects(verifySigned(signed, publicKey, fingerprint), Damage, name);
  }
});

Deno.test("every altered bit of the public key is damage", async () => {
  const signed = await signer.sign(TEXT, NOW);
  for (let bit = 0; bit < 8 * signer.publicKey.length; bit++) {
    const publicKey = signer.publicKey.slice();
    publicKey[bit >> 3]! ^= 1 << (bit & 7);
    await assert.rejects(verifySigned(signed, publicKey, signer.fingerprint), Damage, `bit ${bit}`);
  }
});

/** Signs with openpgp in ways that we never do. */
async function oddlySigned(options: {
  key?: openpgp.PrivateKey | openpgp.PrivateKey[];
  config?: openpgp.PartialConfig;
  alter?: (packet: openpgp.SignaturePacket) => void;
  binary?: boolean;
  date?: Date;
  hash?: string;
}): Promise<string> {
  const signingKeys = options.key ?? await openpgp.readPrivateKey({ armoredKey: armored });
  const binary = new TextEncoder().encode("text\n");
  const message = options.binary
    ? await openpgp.createMessage({ binary })
    : await openpgp.createMessage({ text: "text\n" });
  const { date = NOW, config = {} } = options;
  const bytes = await openpgp.sign({ message, signingKeys, detached: true, format: "binary", date, config });
  const { packets } = await openpgp.readSignature({ binarySignature: bytes as Uint8Array });
  for (const packet of packets) options.alter?.(packet);
  return formatClearSigned({ text: "text\n", hash: options.hash ?? "SHA512", signature: packets.write() });
}

Deno.test("a signature of another form is damage", async () => {
  assert.equal(await verify(await oddlySigned({})), "text\n");
  const { hash } = openpgp.enums;
  const key = await openpgp.readPrivateKey({ armoredKey: armored });
  const weak = {
    preferredHashAlgorithm: hash.sha1,
    rejectMessageHashAlgorithms: new Set<openpgp.enums.hash>(),
  };
  const subpacket = { type: 100, critical: false, body: Uint8Array.of(1) };
  const cases: [string, string][] = [
    ["two signatures", await oddlySigned({ key: [key, key] })],
    ["a signature of binary data", await oddlySigned({ binary: true })],
    ["SHA-1", await oddlySigned({ config: weak, hash: "SHA1" })],
    ["another hash named", await oddlySigned({ hash: "SHA256" })],
    [
      "something beside what is signed",
      await oddlySigned({ alter: (it) => it.unhashedSubpackets.push(subpacket) }),
    ],
  ];
  for (const [name, signed] of cases) await assert.rejects(verify(signed), Damage, name);
});

Deno.test("a signature by a subkey, or by a key that had expired, is damage", async () => {
  const make = (options: Partial<openpgp.KeyOptions>) =>
    openpgp.generateKey({
      type: "ecc",
      curve: "ed25519Legacy",
      userIDs: { name: "x" },
      date: NOW,
      subkeys: [],
      ...options,
      format: "object",
    });
  const withSubkey = (await make({ subkeys: [{ sign: true }] })).privateKey;
  const expired = (await make({ keyExpirationTime: 60 })).privateKey;
  const ignoring = { date: new Date(NOW.getTime() + 30_000) };
  const verifyBy = (signed: string, key: openpgp.PrivateKey) =>
    verifySigned(signed, key.toPublic().write(), key.getFingerprint());
  await assert.rejects(verifyBy(await oddlySigned({ key: withSubkey }), withSubkey), Damage);
  const inTime = await oddlySigned({ key: expired, ...ignoring });
  assert.equal(await verifyBy(inTime, expired), "text\n");
  const late = await signedLate(expired, new Date(NOW.getTime() + 90_000));
  await assert.rejects(verifyBy(late, expired), Damage);
});

/** A signature made after the key's end, which openpgp must be talked into. */
async function signedLate(key: openpgp.PrivateKey, date: Date): Promise<string> {
  const packet = new openpgp.SignaturePacket();
  packet.signatureType = openpgp.enums.signature.text;
  packet.publicKeyAlgorithm = key.keyPacket.algorithm;
  packet.hashAlgorithm = openpgp.enums.hash.sha512;
  const literal = (await openpgp.createMessage({ text: "text\n" })).packets[0]!;
  const sign = packet.sign as (...args: unknown[]) => Promise<void>;
  await sign.call(packet, key.keyPacket, literal, date, true, openpgp.config);
  const signature = new openpgp.Signature(new openpgp.PacketList());
  signature.packets.push(packet);
  return formatClearSigned({ text: "text\n", hash: "SHA512", signature: signature.write() as Uint8Array });
}

Deno.test("a key that is not a signing key of nightdrop is refused", async () => {
  const { armored } = await newPair();
  for (const bad of ["", "hello", armored.publicKey]) await assert.rejects(readSigner(bad), Misuse);
});

foreignTest(["gpg"], "gpg verifies what we sign, and not what was altered", () =>
  withGnuPg(async (gpg) => {
    Deno.writeFileSync(`${gpg.directory}/signer.gpg`, signer.publicKey);
    await gpg.run(["--import", `${gpg.directory}/signer.gpg`]);
    const signed = await signer.sign(TEXT, NOW);
    const { text } = await gpg.run(["--status-fd", "1", "--verify"], { stdin: signed });
    assert.match(text, new RegExp(`VALIDSIG ${signer.fingerprint.toUpperCase()} 2026-11-23 `));
    assert.notEqual((await gpg.try(["--verify"], { stdin: signed.replace("unread", "inread") })).code, 0);
    const { text: verified } = await gpg.run(["--decrypt"], { stdin: signed });
    assert.equal(verified, TEXT + "\n"); // gpg adds a line end of its own
  }));

foreignTest(
  ["sqop"],
  "sqop verifies what we sign, and not what was altered",
  () =>
    withDirectory(async (directory) => {
      Deno.writeFileSync(`${directory}/signer.gpg`, signer.publicKey);
      const signed = await signer.sign(TEXT, NOW);
      const { text } = await must("sqop", ["inline-verify", `${directory}/signer.gpg`], { stdin: signed });
      assert.equal(text.trimEnd(), TEXT.trimEnd());
      const altered = await run("sqop", ["inline-verify", `${directory}/signer.gpg`], {
        stdin: signed.replace("unread", "inread"),
      });
      assert.notEqual(altered.code, 0);
    }),
);
