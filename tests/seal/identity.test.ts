import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Misuse } from "../../lib/model/failure.ts";
import { Secret } from "../../lib/model/secret.ts";
import {
  describeIdentity,
  generateIdentity,
  type Identity,
  readIdentities,
  requireUnlocked,
} from "../../lib/seal/identity.ts";
import { decryptWith, encryptFor } from "./messages.ts";
import type { RecipientKey } from "../../lib/seal/recipient.ts";
import { foreignTest } from "../support/foreign.ts";
import { collect, noise, pieces } from "./bytes.ts";
import { CURVE25519, RSA, withGnuPg } from "./gnupg.ts";
import { bytesOf, identityOf, newPair, recipientOf, twoSubkeys } from "./keys.ts";

const PASSPHRASE = new Secret("correct horse, Grüße");

async function read(file: string | Uint8Array, passphrase?: Secret): Promise<readonly Identity[]> {
  const options = { name: "key.asc", passphrase: () => passphrase };
  return requireUnlocked(await readIdentities(bytesOf(file), options));
}

async function refused(reading: Promise<unknown>, message: RegExp, hint: RegExp): Promise<void> {
  await assert.rejects(reading, (error) => {
    assert.ok(error instanceof Misuse, String(error));
    assert.match(error.message, message);
    assert.match(error.hint ?? "", hint);
    return true;
  });
}

async function assertOpens(identities: readonly Identity[], recipient: RecipientKey): Promise<void> {
  const message = await collect(encryptFor([recipient], [noise(100)]));
  assert.ok((await collect(decryptWith(identities, pieces(message, 100)))).equals(noise(100)));
}

Deno.test("a new identity opens what is sealed to it, with and without a passphrase", async () => {
  for (const passphrase of [undefined, PASSPHRASE]) {
    const pair = await generateIdentity({ name: "Backups", passphrase, now: new Date() });
    const recipient = await recipientOf(pair.publicKey, pair.fingerprint);
    const identities = await read(pair.privateKey, passphrase);
    assert.deepEqual(identities.map((it) => it.fingerprint), [pair.fingerprint]);
    assert.deepEqual([recipient.userId, recipient.expires], ["Backups", undefined]);
    await assertOpens(identities, recipient);
  }
});

Deno.test("a new private key shows nothing without its passphrase", async () => {
  const { privateKey } = await generateIdentity({ name: "Backups", passphrase: PASSPHRASE, now: new Date() });
  await refused(read(privateKey, new Secret("wrong")), /passphrase is wrong/, /Try again/);
  await refused(read(privateKey), /protected by a passphrase/, /Give the passphrase/);
  const [locked] = await readIdentities(bytesOf(privateKey), { name: "key.asc" });
  assert.equal(locked!.opens, false);
  assert.match(describeIdentity(locked!), /protected by a passphrase/);
});

Deno.test("an empty passphrase does not count as none", async () => {
  const making = generateIdentity({ name: "Backups", passphrase: new Secret(""), now: new Date() });
  await refused(making, /passphrase is empty/, /none at all/);
});

Deno.test("the passphrase is asked for once, and only when it is needed", async () => {
  let asked = 0;
  const options = {
    name: "key.asc",
    passphrase: (): Secret => {
      asked += 1;
      return PASSPHRASE;
    },
  };
  const open = await newPair();
  await readIdentities(bytesOf(open.armored.privateKey), options);
  assert.equal(asked, 0);
  const make = () => generateIdentity({ name: "Backups", passphrase: PASSPHRASE, now: new Date() });
  const file = (await make()).privateKey + (await make()).privateKey + open.armored.privateKey;
  assert.equal((await readIdentities(bytesOf(file), options)).length, 3);
  assert.equal(asked, 1);
});

Deno.test("a public key is no identity", async () => {
  const { armored } = await newPair();
  await refused(
    read(armored.publicKey),
    /only the public key/,
    new RegExp(`--export-secret-keys.*${armored.fingerprint}`),
  );
  await refused(read("hello"), /no OpenPGP key/, /gpg --export/);
});

foreignTest(
  ["gpg"],
  "gpg imports a new identity, with and without a passphrase, and opens with it",
  async () => {
    for (const passphrase of [undefined, PASSPHRASE]) {
      await withGnuPg(async (gpg) => {
        const pair = await generateIdentity({ name: "Backups <b@example.org>", passphrase, now: new Date() });
        const imported = await gpg.run(["--import"], { stdin: pair.privateKey });
        assert.doesNotMatch(imported.stderr, /WARNING|preference/);
        const recipient = await recipientOf(await gpg.export(pair.fingerprint), pair.fingerprint);
        const stdin = await collect(encryptFor([recipient], [noise(100)]));
        const { stdout } = await gpg.run(["--passphrase", passphrase?.reveal() ?? "", "--decrypt"], {
          stdin,
        });
        assert.ok(Buffer.from(noise(100)).equals(stdout));
        const { text } = await gpg.run(["--with-colons", "--list-keys", pair.fingerprint]);
        assert.match(text, /^pub:[^:]*:\d+:22:[^:]*:\d+::/m); // EdDSA, no expiry
        assert.match(text, /^sub:[^:]*:\d+:18:[^:]*:\d+::/m); // ECDH, no expiry
      });
    }
  },
);

foreignTest(["gpg"], "keys of gpg with passphrases are unlocked", (t) =>
  withGnuPg(async (gpg) => {
    for (const [name, parameters] of [["Curve25519", CURVE25519], ["RSA", RSA]] as const) {
      await t.step(name, async () => {
        const fingerprint = await gpg.generate(`${parameters}\nPassphrase: ${PASSPHRASE.reveal()}`);
        const file = await gpg.exportSecret(fingerprint, PASSPHRASE.reveal());
        await assertOpens(
          await read(file, PASSPHRASE),
          await recipientOf(await gpg.export(fingerprint), fingerprint),
        );
        await refused(read(file, new Secret("wrong")), /passphrase is wrong/, /Try again/);
      });
    }
    await t.step("an identity without the secret of the primary key opens messages", async () => {
      const fingerprint = await gpg.generate(`${CURVE25519}\nPassphrase: ${PASSPHRASE.reveal()}`);
      const args = ["--passphrase", PASSPHRASE.reveal(), "--export-secret-subkeys", fingerprint];
      const { stdout } = await gpg.run(args);
      await assertOpens(
        await read(stdout, PASSPHRASE),
        await recipientOf(await gpg.export(fingerprint), fingerprint),
      );
    });
  }));

foreignTest(
  ["gpg"],
  "a key whose secrets are elsewhere is told from one with a passphrase",
  () =>
    withGnuPg(async (gpg) => {
      const fingerprint = await gpg.generate(CURVE25519.replaceAll(/Subkey.*\n/g, ""));
      const { stdout } = await gpg.run(["--export-secret-subkeys", fingerprint]);
      await refused(read(stdout, PASSPHRASE), /secret parts.*are not in/, /smart card/);
    }),
);

foreignTest(
  ["gpg"],
  "old subkeys, expired keys and revoked keys open what was sealed to them",
  () =>
    withGnuPg(async (gpg) => {
      const { fingerprint, first, second } = await twoSubkeys(gpg);
      const assertBoth = async (): Promise<void> => {
        const identity = await identityOf(await gpg.exportSecret(fingerprint));
        await assertOpens([identity], first);
        await assertOpens([identity], second);
      };
      await assertBoth();
      await gpg.run(["--faked-system-time", "20200201T000000", "--quick-set-expire", fingerprint, "1y"]);
      await assertBoth();
      await gpg.revokeSubkey(fingerprint, 1);
      await assertBoth();
      await gpg.revoke(fingerprint);
      await assertBoth();
    }),
);
