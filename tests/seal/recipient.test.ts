import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as openpgp from "openpgp";
import { DAY_MS } from "../../lib/model/day.ts";
import { Misuse } from "../../lib/model/failure.ts";
import { decryptWith, encryptFor } from "./messages.ts";
import { readRecipient, readRecipients, type RecipientKey } from "../../lib/seal/recipient.ts";
import { foreignTest } from "../support/foreign.ts";
import { collect, noise, pieces } from "./bytes.ts";
import { CURVE25519, type GnuPg, RSA, withGnuPg } from "./gnupg.ts";
import { bytesOf, identityOf, newPair, NOW, recipientOf } from "./keys.ts";

/** That the file is refused, with a message and a hint that say what they should. */
async function refused(
  file: string | Uint8Array,
  fingerprint: string,
  message: RegExp,
  hint: RegExp,
): Promise<void> {
  await assert.rejects(recipientOf(file, fingerprint), (error) => {
    assert.ok(error instanceof Misuse, String(error));
    assert.match(error.message, message);
    assert.match(error.hint ?? "", hint);
    return true;
  });
}

const MAKE_A_KEY = /gpg --quick-generate-key.*keygen/;

/** Seals to the recipient, and opens with gpg. */
async function assertGpgOpens(gpg: GnuPg, recipient: RecipientKey): Promise<void> {
  const stdin = await collect(encryptFor([recipient], [noise(100)]));
  assert.ok(Buffer.from(noise(100)).equals((await gpg.run(["--decrypt"], { stdin })).stdout));
}

Deno.test("a recipient is found by its fingerprint, in whatever form that is written", async () => {
  const { armored } = await newPair();
  const spaced = armored.fingerprint.toUpperCase().replace(/.{4}/g, "$& ");
  const recipient = await recipientOf(armored.publicKey, ` ${spaced}\n`);
  assert.equal(recipient.fingerprint, armored.fingerprint);
  assert.equal(recipient.userId, "Backups <backups@example.org>");
  assert.equal(recipient.expires, undefined);
  assert.deepEqual(recipient.warnings, []);
});

Deno.test("a recipient can be made again of its own bytes", async () => {
  const { recipient, identity } = await newPair();
  const again = await recipientOf(recipient.key.write(), recipient.fingerprint);
  const message = await collect(encryptFor([again], [noise(100)]));
  assert.ok((await collect(decryptWith([identity], pieces(message, 100)))).equals(noise(100)));
});

Deno.test("the pinned key is found among several, in one armor block or in many, or in binary", async () => {
  const [one, two] = [await newPair("one"), await newPair("two")];
  const blocks = `One:\n\n${one.armored.publicKey}\nTwo:\r\n${
    two.armored.publicKey.replaceAll("\n", "\r\n")
  }bye\n`;
  const binary = Buffer.concat([one.recipient.key.write(), two.recipient.key.write()]);
  for (const file of [blocks, binary, openpgp.armor(openpgp.enums.armor.publicKey, binary)]) {
    for (const { armored } of [one, two]) {
      assert.equal((await recipientOf(file, armored.fingerprint)).fingerprint, armored.fingerprint);
    }
  }
});

Deno.test("a fingerprint that no key has is refused with the fingerprints that were found", async () => {
  const [one, two, absent] = [await newPair("one"), await newPair("\x1b[2Jtwo"), await newPair("absent")];
  const message = new RegExp(
    `${one.armored.fingerprint} \\(one\\), ${two.armored.fingerprint} \\(\\\\x1b\\[2Jtwo\\)`,
  );
  const both = one.armored.publicKey + two.armored.publicKey;
  await refused(both, absent.armored.fingerprint, message, /owner of the private key/);
});

Deno.test("a fingerprint that pins no key is refused", async () => {
  const { armored, recipient } = await newPair();
  const subkey = recipient.key.getSubkeys()[0]!.getFingerprint();
  await refused(armored.publicKey, subkey, /does not hold/, new RegExp(`subkey.*${armored.fingerprint}`));
  for (
    const bad of ["", armored.fingerprint.slice(-16), armored.fingerprint + "0", "0x" + armored.fingerprint]
  ) {
    await refused(armored.publicKey, bad, /is not a fingerprint/, /gpg --show-keys/);
  }
});

Deno.test("files without a readable key are refused, each with its reason", async () => {
  const { armored, recipient, identity } = await newPair();
  const { fingerprint, publicKey } = armored;
  const message = await openpgp.createMessage({ text: "x" });
  const signature = await openpgp.sign({
    message,
    signingKeys: await identity.key.whole(),
    detached: true,
    format: "armored",
  });
  await refused("", fingerprint, /is empty/, /Export/);
  await refused("ssh-ed25519 AAAAC3NzaC1lZDI1 me\n", fingerprint, /no OpenPGP key/, /ssh/);
  await refused(signature as string, fingerprint, /no OpenPGP key, but a PGP signature/, /gpg --export/);
  await refused(publicKey.slice(0, 300), fingerprint, /cut off/, /again/);
  await refused(publicKey + publicKey.slice(0, 300), fingerprint, /cut off/, /again/);
  await refused(recipient.key.write().subarray(0, 100), fingerprint, /cannot be read/, /gpg --export/);
  await refused(Uint8Array.of(0xff, 1, 2), fingerprint, /cannot be read/, /gpg --export/);
});

Deno.test("a private key is refused, even beside the public one", async () => {
  const { armored } = await newPair();
  for (const file of [armored.privateKey, armored.publicKey + armored.privateKey]) {
    await refused(
      file,
      armored.fingerprint,
      /holds a private key, which must never be on a host/,
      /gpg --export --armor/,
    );
  }
});

Deno.test("keys that gpg cannot use are refused", async () => {
  const userIDs = { name: "New" };
  const six = await openpgp.generateKey({
    type: "curve25519",
    userIDs,
    config: { v6Keys: true },
    format: "object",
  });
  await refused(six.publicKey.write(), six.publicKey.getFingerprint(), /version 6/, MAKE_A_KEY);
  for (const [type, name] of [["curve25519", /X25519/], ["curve448", /X448/]] as const) {
    const { publicKey } = await openpgp.generateKey({ type, userIDs, format: "object" });
    await refused(publicKey.write(), publicKey.getFingerprint(), name, MAKE_A_KEY);
  }
});

Deno.test("the newest of several encryption subkeys that gpg can use is chosen", async () => {
  const at = (day: number): Date => new Date(Date.UTC(2026, 0, day));
  const { publicKey } = await openpgp.generateKey({
    userIDs: { name: "Many" },
    date: at(1),
    type: "ecc",
    curve: "ed25519Legacy",
    subkeys: [
      { type: "ecc", curve: "curve25519Legacy", date: at(2) },
      { type: "ecc", curve: "curve25519Legacy", date: at(5) },
      { type: "ecc", curve: "curve25519Legacy", date: at(4) },
      { type: "ecc", curve: "curve25519Legacy", date: at(6), keyExpirationTime: 60 },
      { type: "curve25519", date: at(7) },
    ],
    format: "object",
  });
  const recipient = await recipientOf(publicKey.write(), publicKey.getFingerprint());
  assert.equal(recipient.subkey.toHex(), publicKey.getSubkeys()[1]!.getKeyID().toHex());
  assert.equal(recipient.expires, undefined);
});

Deno.test("a subkey that its owner did not sign is not used", async () => {
  const [owner, thief] = [await newPair("Owner"), await newPair("Thief")];
  const [primary, ...rest] = packetsOf(owner.recipient.key.write());
  const stolen = packetsOf(thief.recipient.key.write()).slice(-2); // the subkey and its binding
  const { fingerprint } = owner.armored;
  const both = Buffer.concat([primary!, ...rest, ...stolen]);
  assert.equal((await recipientOf(both, fingerprint)).subkey.toHex(), owner.recipient.subkey.toHex());
  const replaced = Buffer.concat([primary!, ...rest.slice(0, -2), ...stolen]);
  await refused(replaced, fingerprint, /cannot encrypt/, MAKE_A_KEY);
});

/** The packets of a key, each with a length of one or two octets. */
function packetsOf(bytes: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const [first, second] = [bytes[at + 1]!, bytes[at + 2]!];
    const length = first < 192 ? 2 + first : 3 + ((first - 192) << 8) + second + 192;
    packets.push(bytes.subarray(at, at + length));
    at += length;
  }
  return packets;
}

Deno.test("a key made in the future is taken: the clock of the host may be wrong", async () => {
  const { armored } = await newPair();
  const now = new Date(Date.now() - 400 * DAY_MS);
  const file = bytesOf(armored.publicKey);
  const recipient = await readRecipient(file, { name: "key.asc", fingerprint: armored.fingerprint, now });
  assert.equal(recipient.fingerprint, armored.fingerprint);
});

foreignTest(["gpg"], "keys that cannot encrypt safely are refused", (t) =>
  withGnuPg(async (gpg) => {
    const weak = RSA.replaceAll("3072", "1024");
    const weakSubkey = RSA.replace("Subkey-Length: 3072", "Subkey-Length: 1024");
    const elgamal =
      "Key-Type: DSA\nKey-Length: 2048\nSubkey-Type: ELG-E\nSubkey-Length: 2048\nName-Real: Old";
    const signOnly = (parameters: string): string => parameters.replaceAll(/Subkey.*\n/g, "");
    const cases: [string, string, RegExp][] = [
      ["RSA with 1024 bits", weak, /too weak: 1024 bits/],
      ["a subkey of RSA with 1024 bits", weakSubkey, /RSA keys shorter than 2047 bits/],
      ["DSA and ElGamal", elgamal, /ElGamal/],
      ["Ed25519 without a subkey", signOnly(CURVE25519), /can only sign/],
      ["RSA for signatures only", signOnly(RSA), /can only sign/],
    ];
    for (const [name, parameters, message] of cases) {
      await t.step(name, async () => {
        const fingerprint = await gpg.generate(parameters);
        await refused(await gpg.export(fingerprint), fingerprint, message, MAKE_A_KEY);
      });
    }
  }));

foreignTest(["gpg"], "a revoked key is refused", (t) =>
  withGnuPg(async (gpg) => {
    await t.step("the whole key", async () => {
      const fingerprint = await gpg.generate(CURVE25519);
      const before = await gpg.export(fingerprint);
      await gpg.revoke(fingerprint);
      const after = await gpg.export(fingerprint);
      await refused(after, fingerprint, /is revoked/, MAKE_A_KEY);
      await refused(Buffer.concat([before, after]), fingerprint, /is revoked/, MAKE_A_KEY);
    });
    await t.step("its only encryption subkey", async () => {
      const fingerprint = await gpg.generate(CURVE25519);
      await gpg.revokeSubkey(fingerprint, 1);
      await refused(
        await gpg.export(fingerprint),
        fingerprint,
        /no encryption subkey that is not revoked/,
        MAKE_A_KEY,
      );
    });
    await t.step("but not when another subkey is left", async () => {
      const fingerprint = await gpg.generate(CURVE25519);
      await gpg.addSubkey(fingerprint);
      await gpg.revokeSubkey(fingerprint, 2);
      const recipient = await recipientOf(await gpg.export(fingerprint), fingerprint);
      assert.equal(recipient.subkey.toHex(), recipient.key.getSubkeys()[0]!.getKeyID().toHex());
      await assertGpgOpens(gpg, recipient);
    });
  }));

foreignTest(
  ["gpg"],
  "an expired key is taken, with a warning, and gpg opens what is sealed to it",
  (t) =>
    withGnuPg(async (gpg) => {
      await t.step("expired as a whole", async () => {
        const parameters = CURVE25519.replace("Expire-Date: 0", "Expire-Date: 2021-01-01");
        const fingerprint = await gpg.generate(parameters, ["--faked-system-time", "20200101T000000"]);
        const recipient = await recipientOf(await gpg.export(fingerprint), fingerprint);
        assert.equal(recipient.expires?.getFullYear(), 2021);
        assert.equal(recipient.warnings.length, 1);
        assert.match(recipient.warnings[0]!, /expired on 2021-01-01.*--quick-set-expire/);
        await assertGpgOpens(gpg, recipient);
      });
      await t.step("expired in its subkey only", async () => {
        const fingerprint = await gpg.generate(CURVE25519, ["--faked-system-time", "20200101T000000"]);
        const subkey = (await recipientOf(await gpg.export(fingerprint), fingerprint)).key.getSubkeys()[0]!;
        const args = ["--faked-system-time", "20200102T000000", "--quick-set-expire", fingerprint, "1y"];
        await gpg.run([...args, subkey.getFingerprint()]);
        const recipient = await recipientOf(await gpg.export(fingerprint), fingerprint);
        assert.match(recipient.warnings[0]!, /expired on 2021-01-0/);
        await assertGpgOpens(gpg, recipient);
      });
    }),
);

foreignTest(["gpg"], "a key is warned of in its last thirty days", () =>
  withGnuPg(async (gpg) => {
    const fingerprint = await gpg.generate(CURVE25519.replace("Expire-Date: 0", "Expire-Date: 100d"));
    const file = await gpg.export(fingerprint);
    const { expires } = await recipientOf(file, fingerprint);
    const warnings = async (days: number): Promise<readonly string[]> => {
      const now = new Date(expires!.getTime() - days * DAY_MS);
      return (await readRecipient(file, { name: "key.asc", fingerprint, now })).warnings;
    };
    assert.deepEqual(await warnings(31), []);
    assert.match((await warnings(29))[0]!, /expires on/);
    assert.match((await warnings(0))[0]!, /expired on/);
  }));

Deno.test("all bad recipients are reported at once, a single one as it is", async () => {
  const [good, other] = [await newPair(), await newPair()];
  const request = (file: string, name: string, { armored } = good) => ({
    bytes: bytesOf(file),
    name,
    fingerprint: armored.fingerprint,
  });
  const fine = request(good.armored.publicKey, "good.asc");
  const empty = request("", "empty.asc");
  const wrong = request(good.armored.publicKey, "wrong.asc", other);
  assert.deepEqual((await readRecipients([fine, fine], NOW)).map((it) => it.fingerprint), [
    good.armored.fingerprint,
    good.armored.fingerprint,
  ]);
  await assert.rejects(readRecipients([fine, empty], NOW), {
    name: "Misuse",
    message: '"empty.asc" is empty',
  });
  await assert.rejects(readRecipients([wrong, fine, empty], NOW), (error) => {
    assert.ok(error instanceof Misuse);
    assert.match(
      error.message,
      /^2 recipients cannot be used:\n {2}"wrong.asc" does not[^]*\n {2}"empty.asc" is empty\./,
    );
    return true;
  });
});

foreignTest(["gpg"], "the command that the hint gives makes a recipient", () =>
  withGnuPg(async (gpg) => {
    const args = ["--passphrase", "", "--quick-generate-key", "Backups", "default", "default", "never"];
    const { text } = await gpg.run(["--status-fd", "1", ...args]);
    const fingerprint = text.match(/KEY_CREATED \w (\w+)/)![1]!;
    const recipient = await recipientOf(await gpg.export(fingerprint), fingerprint);
    assert.deepEqual([recipient.userId, recipient.expires], ["Backups", undefined]);
    await assertGpgOpens(gpg, recipient);
    const identity = await identityOf(await gpg.exportSecret(fingerprint));
    assert.equal(identity.fingerprint, recipient.fingerprint);
  }));
