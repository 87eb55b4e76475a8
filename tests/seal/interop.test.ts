/** Messages of ours read by gpg, sq and rnp, and theirs read by us, byte for byte at every border. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Identity } from "../../lib/seal/identity.ts";
import { decryptWith, encryptFor } from "./messages.ts";
import { seal } from "../../lib/seal/seal.ts";
import { newSessionKey } from "../../lib/seal/session_key.ts";
import type { RecipientKey } from "../../lib/seal/recipient.ts";
import { bash, foreignTest, must } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { collect, noise, pieces } from "./bytes.ts";
import { CURVE25519, type GnuPg, RSA, withGnuPg } from "./gnupg.ts";
import { identityOf, newPair, recipientOf } from "./keys.ts";

/** Data of these sizes, or the packets around them, end at a border of AES, of a length, or of a partial length. */
const SIZES = [
  ...[0, 1, 2, 14, 15, 16, 17, 30, 31, 32, 33, 47, 48, 49, 142, 143, 144, 185, 186, 191, 192, 193],
  ...[255, 256, 257, 506, 511, 512, 513, 4096, 8333, 8334, 8377, 8378, 8383, 8384, 8385, 65536],
  ...[2 ** 18, 2 ** 19, 2 ** 20].flatMap((border) =>
    [-60, -54, -53, -52, -7, -6, -5, -1, 0, 1].map((it) => border + it)
  ),
];

/** Fewer of them, for programs that must be started for each. */
const FEW = [0, 1, 15, 16, 17, 143, 185, 186, 192, 511, 512, 8334, 8377, 8378, 8384]
  .concat([-54, -53, -52, -6, -5, 0, 1].map((it) => 2 ** 18 + it), [2 ** 20]);

const DATA = noise(2 ** 20 + 1);

async function encrypt(size: number, ...recipients: RecipientKey[]): Promise<Buffer> {
  return await collect(encryptFor(recipients, [DATA.slice(0, size)]));
}

async function assertReads(
  identity: Identity,
  message: Uint8Array,
  size: number,
  what: string,
): Promise<void> {
  const plain = await collect(decryptWith([identity], pieces(message, 50_000)));
  assert.ok(plain.equals(DATA.subarray(0, size)), `${what}: ${size} bytes`);
}

/** Writes the data of each size to a file; gives the files' names. */
function writePlain(directory: string, sizes: readonly number[]): string[] {
  for (const size of sizes) Deno.writeFileSync(`${directory}/${size}`, DATA.subarray(0, size));
  return sizes.map((size) => `${directory}/${size}`);
}

function assertSame(file: string, size: number, what: string): void {
  assert.ok(Buffer.from(DATA.subarray(0, size)).equals(Deno.readFileSync(file)), `${what}: ${size} bytes`);
}

async function gpgReadsOurs(gpg: GnuPg, recipient: RecipientKey, sizes: readonly number[]): Promise<void> {
  const directory = Deno.makeTempDirSync({ dir: gpg.directory });
  for (const size of sizes) Deno.writeFileSync(`${directory}/${size}.gpg`, await encrypt(size, recipient));
  await gpg.run(["--multifile", "--decrypt", ...sizes.map((size) => `${directory}/${size}.gpg`)]);
  for (const size of sizes) assertSame(`${directory}/${size}`, size, "gpg reads ours");
}

async function weReadGpgs(gpg: GnuPg, identity: Identity, sizes: readonly number[]): Promise<void> {
  const directory = Deno.makeTempDirSync({ dir: gpg.directory });
  const options = [
    "-z",
    "0",
    "--cipher-algo",
    "AES256",
    "--trust-model",
    "always",
    "-r",
    identity.fingerprint,
  ];
  await gpg.run([...options, "--multifile", "--encrypt", ...writePlain(directory, sizes)]);
  for (const size of sizes) {
    await assertReads(identity, Deno.readFileSync(`${directory}/${size}.gpg`), size, "we read gpg's");
  }
  for (const size of sizes.filter((it) => FEW.includes(it))) {
    const { stdout } = await gpg.run([...options, "--encrypt"], { stdin: DATA.subarray(0, size) });
    await assertReads(identity, stdout, size, "we read gpg's partial lengths");
  }
}

foreignTest(
  ["gpg"],
  "gpg and we read each other's messages under our own kind of key",
  () =>
    withGnuPg(async (gpg) => {
      const { armored, recipient, identity } = await newPair();
      await gpg.run(["--import"], { stdin: armored.privateKey });
      await gpgReadsOurs(gpg, recipient, SIZES);
      await weReadGpgs(gpg, identity, SIZES);
    }),
);

foreignTest(
  ["gpg"],
  "gpg and we read each other's messages under the keys that gpg makes",
  () =>
    withGnuPg(async (gpg) => {
      for (const parameters of [CURVE25519, RSA, nist("nistp256"), nist("brainpoolP256r1")]) {
        const fingerprint = await gpg.generate(parameters);
        const identity = await identityOf(await gpg.exportSecret(fingerprint));
        await gpgReadsOurs(gpg, await recipientOf(await gpg.export(fingerprint), fingerprint), [
          0,
          1000,
          300_000,
        ]);
        await weReadGpgs(gpg, identity, [0, 1000, 300_000]);
      }
    }),
);

function nist(curve: string): string {
  const kinds = CURVE25519.replace("eddsa", "ecdsa");
  return kinds.replaceAll(/ed25519|cv25519/g, curve);
}

foreignTest(
  ["gpg"],
  "we read what gpg seals for a hidden recipient, and for several",
  () =>
    withGnuPg(async (gpg) => {
      const [first, second, third] = [await newPair("one"), await newPair("two"), await newPair("three")];
      for (const { armored } of [first, second]) await gpg.run(["--import"], { stdin: armored.publicKey });
      const options = ["-z", "0", "--cipher-algo", "AES256", "--trust-model", "always", "--encrypt"];
      const several = ["-r", first.armored.fingerprint, "-r", second.armored.fingerprint];
      for (const recipients of [several, ["-R", first.armored.fingerprint], ["--throw-keyids", ...several]]) {
        const { stdout } = await gpg.run([...options, ...recipients], { stdin: DATA.subarray(0, 1000) });
        await assertReads(first.identity, stdout, 1000, recipients.join(" "));
        const reading = collect(decryptWith([third.identity], pieces(stdout, 1000)));
        await assert.rejects(reading, { name: "NoIdentity" });
      }
    }),
);

foreignTest(["gpg"], "each of several recipients reads our message with gpg", async () => {
  const pairs = [await newPair("one"), await newPair("two"), await newPair("three")];
  const message = await encrypt(1000, ...pairs.map((it) => it.recipient));
  for (const { armored } of pairs) {
    await withGnuPg(async (gpg) => {
      await gpg.run(["--import"], { stdin: armored.privateKey });
      const { stdout } = await gpg.run(["--decrypt"], { stdin: message });
      assert.ok(Buffer.from(DATA.subarray(0, 1000)).equals(stdout));
    });
  }
});

foreignTest(["gpg"], "gpg says that an altered or a cut message is not good", () =>
  withGnuPg(async (gpg) => {
    const { armored, recipient } = await newPair();
    await gpg.run(["--import"], { stdin: armored.privateKey });
    const message = await encrypt(1000, recipient);
    message[message.length - 1]! ^= 1;
    for (const stdin of [message, message.subarray(0, -10)]) {
      assert.notEqual((await gpg.try(["--decrypt"], { stdin })).code, 0);
    }
  }));

foreignTest(["sq"], "sq and we read each other's messages", () =>
  withDirectory(async (directory) => {
    const { armored, recipient, identity } = await newPair();
    const [secret, cert] = [`${directory}/key.asc`, `${directory}/cert.asc`];
    Deno.writeTextFileSync(secret, armored.privateKey);
    Deno.writeTextFileSync(cert, armored.publicKey);
    for (const size of FEW) {
      const theirs = await must("sq", ["decrypt", "--recipient-key", secret], {
        stdin: await encrypt(size, recipient),
      });
      assert.ok(Buffer.from(DATA.subarray(0, size)).equals(theirs.stdout), `sq reads ours: ${size} bytes`);
      const options = ["encrypt", "--binary", "--compression", "none", "--recipient-cert", cert];
      const { stdout } = await must("sq", options, { stdin: DATA.subarray(0, size) });
      await assertReads(identity, stdout, size, "we read sq's");
    }
  }));

foreignTest(
  ["sq"],
  "a key that sq made is a recipient and an identity",
  () =>
    withDirectory(async (directory) => {
      const secret = `${directory}/key.asc`;
      await must("sq", ["key", "generate", "--userid", "Sequoia", "--export", secret]);
      const { text } = await must("sq", ["key", "extract-cert", secret]);
      const identity = await identityOf(Deno.readFileSync(secret));
      const message = await encrypt(5000, await recipientOf(text, identity.fingerprint));
      const { stdout } = await must("sq", ["decrypt", "--recipient-key", secret], { stdin: message });
      assert.ok(Buffer.from(DATA.subarray(0, 5000)).equals(stdout));
      await assertReads(identity, message, 5000, "we read ours");
    }),
);

foreignTest(["rnp"], "rnp and we read each other's messages", () =>
  withDirectory(async (directory) => {
    const { armored, recipient, identity } = await newPair();
    Deno.writeTextFileSync(`${directory}/key.asc`, armored.privateKey);
    const home = ["--homedir", directory];
    await must("rnpkeys", [...home, "--import-keys", `${directory}/key.asc`]);
    writePlain(directory, FEW);
    for (const size of FEW) {
      const file = `${directory}/${size}`;
      Deno.writeFileSync(`${file}.ours`, await encrypt(size, recipient));
      await must("rnp", [
        ...home,
        "--password",
        "",
        "--decrypt",
        `${file}.ours`,
        "--output",
        `${file}.theirs`,
      ]);
      assertSame(`${file}.theirs`, size, "rnp reads ours");
      const options = ["--encrypt", "-z", "0", "--cipher", "AES256", "-r", identity.fingerprint];
      await must("rnp", [...home, ...options, file, "--output", `${file}.rnp`]);
      await assertReads(identity, Deno.readFileSync(`${file}.rnp`), size, "we read rnp's");
    }
  }));

foreignTest(["gpg", "zstd"], "cat, gpg and zstd open the parts of a message", () =>
  withGnuPg(async (gpg) => {
    const { armored, recipient } = await newPair();
    await gpg.run(["--import"], { stdin: armored.privateKey });
    const how = {
      session: await newSessionKey([recipient]),
      compression: { kind: "zstd", level: 3 },
      partSize: 100_000,
    } as const;
    let number = 0;
    for await (const { bytes, sha256 } of seal([DATA, DATA.subarray(0, 5)], how)) {
      Deno.writeFileSync(`${gpg.directory}/part.${String(number++).padStart(6, "0")}-${sha256}`, bytes);
    }
    assert.ok(number > 10);
    const script = `for part in part.*; do echo "\${part##*-}  $part"; done | sha256sum --check --quiet
      cat part.* | gpg --homedir gnupg --batch --quiet --decrypt | zstd --decompress`;
    const { stdout } = await bash(script, { cwd: gpg.directory });
    assert.ok(Buffer.concat([DATA, DATA.subarray(0, 5)]).equals(stdout));
  }));
