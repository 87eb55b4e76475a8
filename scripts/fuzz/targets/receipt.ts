import { Damage } from "../../../lib/model/failure.ts";
import { indexPartName, volumePartName } from "../../../lib/model/name.ts";
import { type Receipt, RECEIPT_FORMAT } from "../../../lib/model/receipt.ts";
import { decodeReceipt, encodeReceipt } from "../../../lib/model/receipt_text.ts";
import { changedValue } from "../mutate.ts";
import { openReceipt } from "../../../lib/snapshots/receipt.ts";
import { ours } from "./clear_signed.ts";
import { bytesOf, demand, type Target, textOf } from "../target.ts";

const [A, B, C] = ["a".repeat(64), "b".repeat(64), "c".repeat(64)];

const RECEIPT: Receipt = {
  format: RECEIPT_FORMAT,
  program: "nightdrop/0.1.0",
  host: "web1.example.org",
  snapshot: "20261123T050000Z-0123456789abcdef",
  started: "2026-11-23T05:00:00.000Z",
  finished: "2026-11-23T05:01:00.000Z",
  signer: { fingerprint: "a".repeat(40), key: "AAAA" },
  recipients: ["b".repeat(40)],
  compression: "zstd",
  previous: { snapshot: "20261122T050000Z-0123456789abcdef", commitment: C },
  attempted: [{ snapshot: "20261122T060000Z-0123456789abcdef", commitment: B }],
  entries: 9,
  bytes: 1000,
  sent: { entries: 2, bytes: 500 },
  unread: 0,
  volumes: [{
    number: 1,
    entries: 2,
    plain: 2048,
    parts: [
      { name: volumePartName(1, 0, A, "zstd"), size: 100, sha256: A },
      { name: volumePartName(1, 1, B, "zstd"), size: 50, sha256: B },
    ],
  }],
  adopted: [{
    number: 2,
    entries: 1,
    plain: 1536,
    from: { snapshot: "20261121T050000Z-0123456789abcdef", number: 7 },
    parts: [{ size: 70, commitment: C }],
  }],
  index: {
    entries: 3,
    plain: 300,
    parts: [{ name: indexPartName(0, C, "zstd"), size: 200, sha256: C }],
    gone: 1,
  },
  needs: [{ snapshot: "20261120T050000Z-0123456789abcdef", receipt: A, volumes: [[1, 3], [7, 7]] }],
};

/** The text of receipts: it has one form only. */
export const RECEIPT_TEXT: Target = {
  name: "receipt",
  samples: () => [
    bytesOf(encodeReceipt(RECEIPT)),
    bytesOf(encodeReceipt({ ...RECEIPT, previous: null, attempted: [], compression: "none" })),
  ],
  words: [
    '"needs": [',
    "[[1,3]]",
    "-0",
    "1e3",
    "null",
    "{}",
    "[]",
    "\\u0061",
    "\\ud800",
    '"format":',
    "2026-02-31T",
  ],
  make: (sample, dice) => {
    try {
      const value = changedValue(changedValue(JSON.parse(textOf(sample)), dice), dice);
      return bytesOf(`${JSON.stringify(value, null, 1)}\n`);
    } catch {
      return sample;
    }
  },
  run: (input) => {
    const text = textOf(input);
    const again = encodeReceipt(decodeReceipt(text));
    demand(again === text, `it is written back as ${again}`);
  },
  refuses: (error) => error instanceof Damage,
};

const signed = new Set<string>();

/** Receipts as they come out of a store: only those that were signed are taken. */
export const RECEIPT_OBJECT: Target = {
  name: "receipt-object",
  async samples(): Promise<Uint8Array[]> {
    const { fingerprint, publicKey, sign } = await ours();
    const signer = { fingerprint, key: publicKey.toBase64() };
    const texts = [{ ...RECEIPT, signer }, { ...RECEIPT, signer, previous: null }].map(encodeReceipt);
    const all = await Promise.all(texts.map((text) => sign(text, new Date("2026-11-23T05:01:00Z"))));
    for (const text of all) signed.add(text);
    return all.map(bytesOf);
  },
  words: [
    ...RECEIPT_TEXT.words ?? [],
    '"signer": {',
    '"fingerprint":',
    '"key":',
    "-----BEGIN PGP SIGNATURE-----\n",
  ],
  async run(input): Promise<void> {
    const receipt = await openReceipt(Uint8Array.from(input), { name: RECEIPT.host, signers: [] });
    demand(signed.has(textOf(input)), `a receipt of ${receipt.snapshot} is taken that was not signed`);
  },
  // What a decoder did not foresee becomes damage, too, and is a finding.
  refuses: (error) => error instanceof Damage && !error.message.startsWith("The receipt cannot be decoded"),
};
