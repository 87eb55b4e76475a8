import assert from "node:assert/strict";
import { Damage } from "../../lib/model/failure.ts";
import { contentOf, isBrokenDump, MAX_PART_BYTES } from "../../lib/model/receipt.ts";
import { decodeReceipt, encodeReceipt } from "../../lib/model/receipt_text.ts";
import { sampleReceipt } from "../support/receipts.ts";

// deno-lint-ignore no-explicit-any
type Loose = any;

Deno.test("a receipt is read back as it was written", () => {
  const receipt = sampleReceipt();
  assert.deepEqual(decodeReceipt(encodeReceipt(receipt)), receipt);
  const first = sampleReceipt({ previous: null });
  assert.deepEqual(decodeReceipt(encodeReceipt(first)), first);
});

Deno.test("a receipt has no line that signing tools would cut", () => {
  const lines = encodeReceipt(
    sampleReceipt({ signer: { fingerprint: "a".repeat(40), key: "A".repeat(2000) } }),
  ).split("\n");
  assert.ok(lines.every((line) => line.length < 10_000 && line === line.trimEnd()));
});

function asDump(name: string): string {
  return name.replace(".tar.", ".");
}

Deno.test("a dump is distinguished from an archive, and a failed dump from both", () => {
  const [archive, other] = sampleReceipt().volumes;
  const parts = other!.parts.map((part) => ({ ...part, name: asDump(part.name) }));
  const dump = { ...other!, parts };
  assert.deepEqual([archive!, dump].map(contentOf), ["tar", "stream"]);
  const broken = { ...dump, entries: 0, plain: 0 };
  assert.deepEqual([archive!, { ...archive!, entries: 0 }, dump, broken].map(isBrokenDump), [
    false,
    false,
    false,
    true,
  ]);
  for (const last of [dump, broken]) {
    const entries = 2 + last.entries;
    const receipt = sampleReceipt({
      entries,
      sent: { entries, bytes: 0 },
      volumes: [archive!, last],
      index: { ...sampleReceipt().index, entries },
    });
    assert.deepEqual(decodeReceipt(encodeReceipt(receipt)), receipt);
  }
});

const NEEDED = {
  snapshot: "20261110T050000Z-0123456789abcdef",
  receipt: "d".repeat(64),
  volumes: [[1, 2], [4, 4]],
};

const ADOPTED = {
  number: 3,
  entries: 5,
  plain: 4096,
  from: { snapshot: "20261121T050000Z-0123456789abcdef", number: 7 },
  parts: [{ size: 10, commitment: "e".repeat(64) }],
};

function adopt(it: Loose, volume: unknown): void {
  it.adopted = [volume];
  it.index.entries = 8;
}

Deno.test("a receipt with needed and adopted volumes is decoded unchanged", () => {
  const receipt: Loose = structuredClone(sampleReceipt());
  adopt(receipt, ADOPTED);
  Object.assign(receipt, { needs: [NEEDED], entries: 1_000_000 });
  receipt.index.gone = 3;
  assert.deepEqual(decodeReceipt(encodeReceipt(receipt)), receipt);
});

const FLAWS: [flaw: string, change: (receipt: Loose) => void, where: RegExp][] = [
  [
    "more ranges of older volumes than a reader takes",
    (it) => {
      const ranges = Array.from({ length: 60_001 }, (_, at) => [2 * at + 1, 2 * at + 1]);
      const first = { ...NEEDED, volumes: ranges };
      it.needs = [first, { ...first, snapshot: "20261101T050000Z-0123456789abcdef" }];
    },
    /"needs": more than 120000 ranges/,
  ],
  ["an unknown key", (it) => it.extra = 1, /extra/],
  ["a missing key", (it) => delete it.unread, /unread/],
  ["another format", (it) => it.format = "something", /format/],
  ["a host that is a path", (it) => it.host = "../web1", /host/],
  ["a snapshot that is none", (it) => it.snapshot = "latest", /snapshot/],
  ["a time that is none", (it) => it.started = "yesterday", /started/],
  ["a day that is not in the calendar", (it) => it.finished = "2026-02-31T25:00:00Z", /finished/],
  ["a fraction of an entry", (it) => it.entries = 2.5, /entries/],
  ["a negative count", (it) => it.bytes = -1, /bytes/],
  ["a count beyond 2^53", (it) => it.bytes = 2 ** 60, /bytes/],
  ["a text for a number", (it) => it.unread = "0", /unread/],
  ["no recipient", (it) => it.recipients = [], /recipients/],
  ["a short fingerprint", (it) => it.recipients = ["abcd"], /recipients/],
  ["an unknown compression", (it) => it.compression = "bzip2", /compression/],
  ["a volume without parts", (it) => it.volumes[0].parts = [], /parts/],
  ["a part of no bytes", (it) => it.volumes[0].parts[0].size = 0, /size/],
  ["a part larger than a reader holds", (it) => it.volumes[0].parts[0].size = MAX_PART_BYTES + 1, /size/],
  ["a part whose name is a path", (it) => it.volumes[0].parts[0].name = "../x", /parts/],
  [
    "a part whose name carries another digest",
    (it) => it.volumes[0].parts[0].sha256 = "f".repeat(64),
    /parts/,
  ],
  ["parts in another order", (it) => it.volumes[0].parts.reverse(), /volumes/],
  ["a part of another volume", (it) => it.volumes[0].parts[1] = it.volumes[1].parts[0], /volumes/],
  ["a part named twice", (it) => it.volumes[0].parts[1] = it.volumes[0].parts[0], /volumes/],
  ["volumes in another order", (it) => it.volumes.reverse(), /volumes/],
  [
    "an archive that goes on as a dump",
    (it) => it.volumes[0].parts[1].name = asDump(it.volumes[0].parts[1].name),
    /volumes/,
  ],
  [
    "a dump of two entries",
    (it) => it.volumes[0].parts.forEach((part: Loose) => part.name = asDump(part.name)),
    /volumes/,
  ],
  ["the index among the volumes", (it) => it.volumes[0].parts = it.index.parts, /volumes/],
  ["a volume as the index", (it) => it.index.parts = it.volumes[0].parts, /index/],
  ["volumes that are not counted as sent", (it) => it.sent.entries = 2, /counts/],
  ["more sent than there is", (it) => it.entries = 2, /counts/],
  ["less sent than there is, though it needs nothing", (it) => it.entries = 4, /its own do not hold/],
  ["paths that are gone, though it needs nothing", (it) => it.index.gone = 1, /its own do not hold/],
  ["an adopted volume that is not in the index", (it) => it.adopted = [ADOPTED], /counts/],
  [
    "an adopted volume with a number of its own volumes",
    (it) => adopt(it, { ...ADOPTED, number: 2 }),
    /numbered/,
  ],
  [
    "an adopted volume of itself",
    (it) => adopt(it, { ...ADOPTED, from: { snapshot: it.snapshot, number: 1 } }),
    /itself/,
  ],
  ["an adopted part that is named", (it) => adopt(it, { ...ADOPTED, parts: [it.index.parts[0]] }), /adopted/],
  ["an adopted volume without parts", (it) => adopt(it, { ...ADOPTED, parts: [] }), /adopted/],
  ["a need of itself", (it) => it.needs = [{ ...NEEDED, snapshot: it.snapshot }], /itself/],
  ["a need told twice", (it) => it.needs = [NEEDED, NEEDED], /twice/],
  ["a need of no volume", (it) => it.needs = [{ ...NEEDED, volumes: [] }], /needs/],
  ["a need of volume 0", (it) => it.needs = [{ ...NEEDED, volumes: [[0, 1]] }], /needs/],
  ["a range that ends before it begins", (it) => it.needs = [{ ...NEEDED, volumes: [[3, 2]] }], /needs/],
  ["ranges that touch", (it) => it.needs = [{ ...NEEDED, volumes: [[1, 2], [3, 4]] }], /needs/],
  ["ranges in another order", (it) => it.needs = [{ ...NEEDED, volumes: [[5, 6], [1, 2]] }], /needs/],
  ["counts that do not agree", (it) => it.volumes[0].entries = 5, /entries/],
  ["a previous receipt that is named", (it) => it.previous.name = "receipt-x", /previous/],
  ["a list for an object", (it) => it.signer = [], /signer/],
];

for (const [flaw, change, where] of FLAWS) {
  Deno.test(`a receipt with ${flaw} is refused`, () => {
    const receipt: Loose = structuredClone(sampleReceipt());
    change(receipt);
    assert.throws(
      () => decodeReceipt(encodeReceipt(receipt)),
      (error) => error instanceof Damage && where.test(error.message),
    );
  });
}

Deno.test("text that is not JSON, or not an object, is not a receipt", () => {
  for (const text of ["", "{", "null", "[]", "3", '"receipt"', "{}"]) {
    assert.throws(() => decodeReceipt(text), Damage);
  }
});

Deno.test("a prototype in the text pollutes nothing", () => {
  const text = encodeReceipt(sampleReceipt()).replace("{", '{"__proto__": {"polluted": true},');
  assert.throws(() => decodeReceipt(text), Damage);
  assert.equal(({} as Loose).polluted, undefined);
});
