import assert from "node:assert/strict";
import * as openpgp from "openpgp";
import { createHash } from "node:crypto";
import { Damage } from "../../lib/model/failure.ts";
import { encodeReceipt } from "../../lib/model/receipt_text.ts";
import { openReceipt } from "../../lib/snapshots/receipt.ts";
import { formatClearSigned } from "../../lib/seal/clear_signed.ts";
import type { Signer } from "../../lib/seal/signer.ts";
import { emptyReceipt, forger, forgeReceipt, newSigner, unsigned } from "../support/forger.ts";
import { processorMs } from "../support/processor.ts";

const PINNED = { name: "web1.example.org", signers: [forger.fingerprint] };
const UNPINNED = { name: "web1.example.org", signers: [] };
const encoder = new TextEncoder();
const other = await newSigner("web2.example.org");

type Bytes = Uint8Array<ArrayBuffer>;

async function refused(bytes: Bytes, host: typeof PINNED | typeof UNPINNED, why?: RegExp): Promise<string> {
  const started = processorMs();
  const error = await openReceipt(bytes, host).then(() => undefined, (error) => error);
  assert.ok(error instanceof Damage, String(error));
  if (why !== undefined) assert.match(error.message, why);
  assert.ok(processorMs() - started < 5000);
  // deno-lint-ignore no-control-regex
  assert.ok(!/[\x00-\x1f\x7f-\x9f\u202e]/.test(error.message), "raw control characters");
  return error.message;
}

Deno.test("a receipt by the pinned signer is opened, and without a pin one by any signer", async () => {
  const receipt = emptyReceipt();
  assert.deepEqual(await openReceipt(await forgeReceipt(receipt), PINNED), receipt);
  assert.deepEqual(await openReceipt(await forgeReceipt(receipt), UNPINNED), receipt);
});

Deno.test("a receipt by a signer that is not pinned is refused", async () => {
  const foreign = await forgeReceipt(emptyReceipt({}, other), { signer: other });
  await refused(foreign.slice(), PINNED, /which the config does not pin/);
  assert.equal((await openReceipt(foreign, UNPINNED)).signer.fingerprint, other.fingerprint);
});

Deno.test("a receipt that claims the pinned fingerprint with another key is refused", async () => {
  const signer = { fingerprint: forger.fingerprint, key: other.publicKey.toBase64() };
  await refused(
    await forgeReceipt(emptyReceipt({ signer }), { signer: other }),
    PINNED,
    /another fingerprint/,
  );
});

Deno.test("nothing of a receipt is parsed as JSON before its signature is verified", async () => {
  const parse = JSON.parse;
  let parsed = 0;
  const bytes = await forgeReceipt(emptyReceipt(), { signed: unsigned });
  const good = await forgeReceipt(emptyReceipt());
  try {
    JSON.parse = (...args: Parameters<typeof parse>) => {
      parsed += 1;
      return parse(...args);
    };
    await refused(bytes.slice(), PINNED, /does not fit/);
    await refused(bytes, UNPINNED, /does not fit/);
    assert.equal(parsed, 0);
    await openReceipt(good, PINNED);
    assert.equal(parsed, 1, "the signature of what is parsed is good");
  } finally {
    JSON.parse = parse;
  }
});

function nested(text: string): string {
  const depth = 10_000_000;
  return text.replace('"adopted": []', () => `"adopted": ${"[".repeat(depth)}${"]".repeat(depth)}`);
}

Deno.test("a receipt that is nested deeply is refused before it is parsed, signed or not", async () => {
  const text = (receipt: Parameters<typeof encodeReceipt>[0]): string => nested(encodeReceipt(receipt));
  await refused(await forgeReceipt(emptyReceipt(), { text, signed: unsigned }), PINNED, /does not fit/);
  await refused(await forgeReceipt(emptyReceipt(), { text }), PINNED, /nested too deeply/);
});

/** Texts that make a decoder stumble, or a terminal. */
const TEXTS: Record<string, (text: string) => string> = {
  "is empty": () => "",
  "is no JSON": () => "x\n",
  "is another object": () => "{}\n",
  "has an unknown key with control characters": (it) =>
    it.replace('"unread"', '"\\u001b]0;owned\\u0007\\u202e"'),
  "names its format with escaped control characters": (it) =>
    it.replace("nightdrop-receipt/1", "nightdrop-receipt/\\u001b[2J"),
  "names its format with raw control characters": (it) =>
    it.replace("nightdrop-receipt/1", "nightdrop-receipt/\x1b[2J"),
  "names its host with control characters": (it) => it.replace("web1.example.org", "\\u001b[31m"),
  "has a Kelvin sign in its key": (it) => it.replace(/"key": ".*"/, '"key": "AAA\u212a"'),
  "has an empty key": (it) => it.replace(/"key": ".*"/, '"key": ""'),
  "has a key that is no base64": (it) => it.replace(/"key": ".*"/, '"key": "AAAA="'),
  "has a key of base64 in another form": (it) => it.replace(/"key": "(.*)"/, '"key": "$1AB=="'),
  "has a long key": (it) => it.replace(/"key": ".*"/, () => `"key": "${"A".repeat(1_000_000)}"`),
  "has its signer behind much else": (it) =>
    it.replace('"program"', '"x": "' + "x".repeat(5000) + '",\n "program"'),
  "names a second signer": (it) => it.replace(/(\n "signer": \{[^}]*\},)/, "$1$1"),
  "is not ASCII": (it) => it.replace("nightdrop/", "n\u00efghtdrop/"),
  "has a prototype": (it) => it.replace("{", '{\n "__proto__": {},'),
};

for (const [flaw, change] of Object.entries(TEXTS)) {
  Deno.test(`a receipt that ${flaw} is damage, signed or not`, async () => {
    const text = (receipt: Parameters<typeof encodeReceipt>[0]): string => change(encodeReceipt(receipt));
    for (const host of [PINNED, UNPINNED]) {
      await refused(await forgeReceipt(emptyReceipt(), { text, signed: unsigned }), host);
      await refused(await forgeReceipt(emptyReceipt(), { text }), host);
    }
  });
}

Deno.test("bytes that are no receipt at all are damage", async () => {
  const good = await forgeReceipt(emptyReceipt());
  const cases = [
    new Uint8Array(),
    new Uint8Array(1000),
    new Uint8Array(1000).fill(0xff),
    encoder.encode("\ufeff" + new TextDecoder().decode(good)),
    good.slice(0, -1),
    new Uint8Array([...good, ...good]),
    encoder.encode("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n" + "\n- -".repeat(1_000_000)),
    encoder.encode("x".repeat(20_000_000)),
  ];
  for (const bytes of cases) await refused(bytes, PINNED);
});

/** A key of another kind, and a signature by it. */
async function foreignSigner(options: Partial<openpgp.KeyOptions>): Promise<Signer> {
  const { privateKey } = await openpgp.generateKey(
    {
      userIDs: { name: "x" },
      subkeys: [],
      date: new Date("2026-01-01T00:00:00Z"),
      type: "ecc",
      ...options,
      format: "object",
    } as openpgp.KeyOptions & { format: "object" },
  );
  return {
    fingerprint: privateKey.getFingerprint(),
    publicKey: privateKey.toPublic().write(),
    sign: async (text, date): Promise<string> => {
      const message = await openpgp.createMessage({ text });
      const signature = await openpgp.sign({
        message,
        signingKeys: privateKey,
        detached: true,
        format: "binary",
        date,
      }) as Uint8Array;
      const { packets } = await openpgp.readSignature({ binarySignature: signature });
      const hash = (packets[0] as openpgp.SignaturePacket).hashAlgorithm === 10 ? "SHA512" : "SHA256";
      return formatClearSigned({ text, hash, signature });
    },
  };
}

const FOREIGN: Record<string, Partial<openpgp.KeyOptions>> = {
  "RSA": { type: "rsa", rsaBits: 2048 },
  "ECDSA": { curve: "nistP256" },
  "Ed25519 in its newer form": { type: "curve25519" },
  "Ed25519 with a second user ID": { curve: "ed25519Legacy", userIDs: [{ name: "x" }, { name: "y" }] },
  "Ed25519 with a subkey": { curve: "ed25519Legacy", subkeys: [{}] },
  "Ed25519 of version 6": { type: "curve25519", config: { v6Keys: true } },
};

for (const [kind, options] of Object.entries(FOREIGN)) {
  Deno.test(`a good signature by a key of the kind ${kind} is refused`, async () => {
    const signer = await foreignSigner(options);
    const receipt = emptyReceipt({}, signer);
    await refused(await forgeReceipt(receipt, { signer }), UNPINNED, /in the only form|of the form/);
    const pinned = { ...PINNED, signers: [signer.fingerprint] };
    await refused(await forgeReceipt(receipt, { signer }), pinned, /in the only form|of the form/);
  });
}

/** A public key by its algorithm and numbers, with a user ID and as many other packets. */
function rawKey(algorithm: number, numbers: Uint8Array, more = 0): { fingerprint: string; key: string } {
  const wrap = (tag: number, it: Uint8Array): Uint8Array =>
    new Uint8Array([0xc0 | tag, 255, 0, it.length >> 16, it.length >> 8 & 255, it.length & 255, ...it]);
  const body = new Uint8Array([4, 0x69, 0x55, 0xb9, 0, algorithm, ...numbers]);
  const fingerprint = createHash("sha1").update(Uint8Array.of(0x99, body.length >> 8, body.length & 255))
    .update(body).digest("hex");
  const packets = [wrap(6, body), ...Array.from({ length: more + 1 }, () => wrap(13, encoder.encode("x")))];
  return { fingerprint, key: new Uint8Array(packets.flatMap((it) => [...it])).toBase64() };
}

Deno.test("a key of 56,000 bits costs a reader nothing, pinned or not", async () => {
  const number = new Uint8Array(7000).fill(0xff);
  const mpi = new Uint8Array([56_000 >> 8, 56_000 & 255, ...number]);
  const signer = rawKey(1, new Uint8Array([...mpi, ...mpi]));
  const bytes = await forgeReceipt(emptyReceipt({ signer }), { signed: unsigned });
  const started = processorMs();
  await refused(bytes.slice(), PINNED);
  await refused(bytes.slice(), UNPINNED);
  await refused(bytes, { ...PINNED, signers: [signer.fingerprint] });
  assert.ok(processorMs() - started < 500);
});

Deno.test("a key with thousands of packets is refused by its length", async () => {
  const point = new Uint8Array(45).fill(1);
  for (const more of [0, 1, 100]) {
    const signer = rawKey(22, point, more);
    await refused(await forgeReceipt(emptyReceipt({ signer }), { signed: unsigned }), UNPINNED);
  }
});
