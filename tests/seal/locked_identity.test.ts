/** Private keys of which a part is locked, missing or unreadable: what can be opened is opened, the rest is named. */
import assert from "node:assert/strict";
import * as openpgp from "openpgp";
import { Misuse } from "../../lib/model/failure.ts";
import { Secret } from "../../lib/model/secret.ts";
import { generateIdentity, type Identity, readIdentities, requireUnlocked } from "../../lib/seal/identity.ts";
import { ALWAYS } from "../../lib/seal/key_file.ts";
import { NoIdentity, openerOf } from "../../lib/seal/session_key.ts";
import { foreignTest } from "../support/foreign.ts";
import { withGnuPg } from "./gnupg.ts";
import { bytesOf, newPair, twoSubkeys } from "./keys.ts";
import { collect, noise, pieces } from "./bytes.ts";
import { decryptWith, encryptFor } from "./messages.ts";
import type { RecipientKey } from "../../lib/seal/recipient.ts";

const ONE = "one passphrase";
const TWO = "two words";

async function read(file: string | Uint8Array, passphrase?: string): Promise<readonly Identity[]> {
  const secret = passphrase === undefined ? undefined : new Secret(passphrase);
  return requireUnlocked(await readIdentities(bytesOf(file), { name: "key.asc", passphrase: () => secret }));
}

async function opens(identities: readonly Identity[], recipient: RecipientKey): Promise<void> {
  const message = await collect(encryptFor([recipient], [noise(100)]));
  assert.ok((await collect(decryptWith(identities, pieces(message, 100)))).equals(noise(100)));
}

async function refuses(
  file: string | Uint8Array,
  passphrase: string | undefined,
  reason: RegExp,
): Promise<void> {
  await assert.rejects(read(file, passphrase), (error) => {
    assert.ok(error instanceof Misuse, String(error));
    assert.match(error.message, reason);
    assert.ok(error.hint);
    return true;
  });
}

/** A key whose encryption subkey has the passphrase {@link TWO}, while that of its primary key is {@link ONE}. */
async function mixedKey(): Promise<{ file: Uint8Array; recipient: RecipientKey; fingerprint: string }> {
  const pair = await newPair("Two passphrases");
  const privateKey = await openpgp.encryptKey({
    privateKey: await pair.identity.key.whole(),
    passphrase: [ONE, TWO],
  });
  return { file: privateKey.write(), recipient: pair.recipient, fingerprint: pair.identity.fingerprint };
}

async function protectedKey(passphrase: string): Promise<string> {
  const name = "Another key";
  return (await generateIdentity({ name, passphrase: new Secret(passphrase), now: new Date() })).privateKey;
}

Deno.test("the passphrase of the encryption subkey is enough", async () => {
  const { file, recipient } = await mixedKey();
  await opens(await read(file, TWO), recipient);
});

Deno.test("the passphrase of a primary key that only signs opens nothing, and the subkey is named", async () => {
  const { file, recipient } = await mixedKey();
  const subkey = recipient.subkey.toHex();
  await refuses(file, ONE, new RegExp(`key id ${subkey}: the passphrase is wrong`));
  await refuses(file, undefined, new RegExp(`key id ${subkey}: it is protected by a passphrase`));
});

Deno.test("keys in a file that cannot be unlocked do not hinder those that can", async () => {
  const { armored, recipient } = await newPair();
  const other = await protectedKey(ONE);
  for (const file of [armored.privateKey + other, other + armored.privateKey]) {
    await opens(await read(file), recipient);
    await opens(await read(file, TWO), recipient);
    await opens(await read(file, ONE), recipient);
  }
});

Deno.test("a message for a key that stays locked names the keys that were tried, and what to do", async () => {
  const { armored } = await newPair("Open key");
  const { file, recipient } = await mixedKey();
  const open = await openpgp.readKey({ armoredKey: armored.privateKey });
  const both = Uint8Array.from([...open.write(), ...file]);
  const identities = await read(both, ONE);
  const message = collect(encryptFor([recipient], [noise(10)]));
  const opening = collect(decryptWith(identities, pieces(await message, 100)));
  await assert.rejects(opening, (error) => {
    assert.ok(error instanceof NoIdentity);
    assert.match(error.message, /tried: [0-9a-f]{40} \(Open key\)/);
    assert.match(error.message, new RegExp(`key id ${recipient.subkey.toHex()}: the passphrase is wrong`));
    assert.match(error.hint!, /passphrase/);
    return true;
  });
});

Deno.test("a hidden recipient is found beside parts that stay locked", async () => {
  const { recipient, identity } = await newPair("Hidden");
  const { file } = await mixedKey();
  const identities = [...await readIdentities(file, { name: "mixed" }), identity];
  const data = crypto.getRandomValues(new Uint8Array(32));
  const packets = await openpgp.encryptSessionKey({
    data,
    algorithm: "aes256",
    encryptionKeys: [recipient.key],
    wildcard: true,
    date: ALWAYS,
    format: "object",
  });
  const bodies = packets.packets.map((it) => (it as unknown as { write(): Uint8Array }).write());
  assert.deepEqual(await openerOf(identities)(bodies), data);
});

Deno.test("a key under AEAD opens", async () => {
  const { identity, recipient } = await newPair("AEAD");
  const config = { aeadProtect: true, preferredAEADAlgorithm: openpgp.enums.aead.ocb };
  const key = await openpgp.encryptKey({ privateKey: await identity.key.whole(), passphrase: ONE, config });
  await opens(await read(key.write(), ONE), recipient);
});

/** What stands beside a good key in a file, and must not matter. */
const BESIDE: Readonly<Record<string, (good: string, unlike: string) => string | Uint8Array>> = {
  "its public key": (good, unlike) => unlike + good,
  "a block that is cut off": (good) => good + good.slice(0, 200),
  "a block that is damaged": (good) => good.replace(/\n\n..../, "\n\n!!!!") + good,
  "text around it": (good) => `from my backups:\n\n${good}\nend\n`,
  "line ends of Windows": (good) => good.replaceAll("\n", "\r\n"),
  "a byte order mark": (good) => "\ufeff" + good,
};

for (const [what, make] of Object.entries(BESIDE)) {
  Deno.test(`an identity file with ${what} is read`, async () => {
    const { armored, recipient } = await newPair();
    await opens(await read(make(armored.privateKey, armored.publicKey)), recipient);
  });
}

Deno.test("an identity file in UTF-16, as PowerShell writes it, is read", async () => {
  const { armored, recipient } = await newPair();
  const units = Uint16Array.from("\ufeff" + armored.privateKey, (it) => it.charCodeAt(0));
  await opens(await read(new Uint8Array(units.buffer)), recipient);
});

Deno.test("keys of unknown versions and algorithms beside a good one are passed over", async () => {
  const { identity, recipient } = await newPair();
  const strange = (await (await newPair()).identity.key.whole()).write();
  for (const [offset, value] of [[2, 5], [2, 3], [7, 99]] as const) {
    const altered = strange.slice();
    assert.equal(altered[1]! < 192, true, "a head of two bytes");
    altered[offset] = value;
    const file = Uint8Array.from([...altered, ...(await identity.key.whole()).write()]);
    await opens(await read(file), recipient);
  }
});

/** The packets of a key, by their heads in the old format, which gpg writes. */
function packets(key: Uint8Array): { tag: number; body: Uint8Array }[] {
  const found = [];
  for (let at = 0; at < key.length;) {
    const width = [1, 2, 4][key[at]! & 3]!;
    const length = key.subarray(at + 1, at + 1 + width).reduce((sum, it) => sum * 256 + it, 0);
    const begin = at + 1 + width;
    found.push({ tag: (key[at]! >> 2) & 15, body: key.subarray(begin, begin + length) });
    at = begin + length;
  }
  return found;
}

function join(all: readonly { tag: number; body: Uint8Array }[]): Uint8Array {
  return Uint8Array.from(all.flatMap(({ tag, body }) => {
    return [0x81 | tag << 2, body.length >> 8, body.length & 255, ...body];
  }));
}

/** The stub that gpg leaves of a secret part on a smart card: S2K type 101, mode 1002, a serial number (GnuPG, doc/DETAILS). */
function cardStub(secret: Uint8Array, publicLength: number): Uint8Array {
  const serial = [0xd2, 0x76, 0, 1, 0x24, 1, 2, 0, 0, 5, 0, 0, 0x12, 0x34, 0, 0];
  return Uint8Array.from([
    ...secret.subarray(0, publicLength),
    ...[0xff, 7, 101, 2, ...new TextEncoder().encode("GNU"), 2],
    ...[serial.length, ...serial],
  ]);
}

foreignTest(
  ["gpg"],
  "parts on a smart card do not hinder those in the file, and are named alone",
  () =>
    withGnuPg(async (gpg) => {
      const { fingerprint, first, second } = await twoSubkeys(gpg);
      const { stdout } = await gpg.run(["--export-secret-keys", fingerprint]);
      const publicParts = packets(Uint8Array.from((await gpg.run(["--export", fingerprint])).stdout));
      const lengths = publicParts.filter(({ tag }) => tag === 14).map(({ body }) => body.length);
      const stubbed = (which: readonly number[]): Uint8Array => {
        let at = -1;
        return join(
          packets(Uint8Array.from(stdout)).map((packet) => {
            if (packet.tag !== 7) return packet;
            at += 1;
            return which.includes(at) ? { tag: 7, body: cardStub(packet.body, lengths[at]!) } : packet;
          }),
        );
      };
      const seen = await gpg.run(["--list-packets"], { stdin: stubbed([0]) });
      assert.match(seen.text, /gnu-divert-to-card/, "gpg takes it for one on a card");
      await opens(await read(stubbed([0])), second);
      await opens(await read(stubbed([1])), first);
      await refuses(stubbed([0, 1]), undefined, /secret parts are not in the file.*secret parts are not/);
    }),
);
