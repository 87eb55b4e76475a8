/** What is remembered of receipts: exactly the bytes that were verified, and only for a pinned signer. */
import assert from "node:assert/strict";
import { zstdCompressSync } from "node:zlib";
import { sha256 } from "../../lib/model/digest.ts";
import { Damage } from "../../lib/model/failure.ts";
import { openReceipt } from "../../lib/snapshots/receipt.ts";
import { ReceiptMemory } from "../../lib/store/cache/receipt_memory.ts";
import { withDirectory } from "../support/directory.ts";
import { emptyReceipt, forger, forgeReceipt, unsigned } from "../support/forger.ts";

const PINNED = { name: "web1.example.org", signers: [forger.fingerprint] };

/** A receipt with a signature that is not good, of which the memory says that it was. */
const forged = await forgeReceipt(emptyReceipt(), { signed: unsigned });
const digest = sha256(forged);

function fileOf(directory: string, signer = forger.fingerprint): string {
  return `${directory}/receipts/${signer.slice(0, 2)}/${signer}`;
}

function remember(directory: string, signer = forger.fingerprint): ReceiptMemory {
  const memory = new ReceiptMemory(directory, "nightdrop/1");
  memory.add(signer, digest);
  memory.settle();
  return memory;
}

async function isOpened(directory: string, host = PINNED, bytes = forged): Promise<boolean> {
  try {
    await openReceipt(bytes.slice(), host, new ReceiptMemory(directory, "nightdrop/1"));
    return true;
  } catch (error) {
    assert.ok(error instanceof Damage);
    return false;
  }
}

Deno.test("the signature of a receipt of a pinned signer is verified once, and others each time", () =>
  withDirectory(async (directory) => {
    assert.equal(await isOpened(directory), false);
    remember(directory);
    assert.equal(await isOpened(directory), true, "it was not verified again");
    assert.equal(Deno.statSync(fileOf(directory)).mode! & 0o777, 0o600);
    assert.equal(await isOpened(directory, { ...PINNED, signers: [] }), false);
    const other = await forgeReceipt(emptyReceipt({ program: "nightdrop/0.9.9" }), { signed: unsigned });
    assert.equal(await isOpened(directory, PINNED, other), false);
    assert.equal(await isOpened(directory, PINNED, Uint8Array.of(...forged, 10)), false);
  }));

Deno.test("only a receipt with a good signature is remembered", () =>
  withDirectory(async (directory) => {
    const memory = new ReceiptMemory(directory, "nightdrop/1");
    const good = await forgeReceipt(emptyReceipt());
    const goodDigest = sha256(good);
    await openReceipt(good, PINNED, memory);
    await assert.rejects(openReceipt(forged.slice(), PINNED, memory), Damage);
    memory.settle();
    const later = new ReceiptMemory(directory, "nightdrop/1");
    assert.deepEqual([goodDigest, digest].map((it) => later.has(forger.fingerprint, it)), [true, false]);
  }));

Deno.test("a receipt that is remembered gives the same, with its keys in the same order", () =>
  withDirectory(async (directory) => {
    const memory = new ReceiptMemory(directory, "nightdrop/1");
    const bytes = await forgeReceipt(emptyReceipt({ program: "nightdrop/0.9.6" }));
    const [first, again] = [
      await openReceipt(bytes.slice(), PINNED, memory),
      await openReceipt(bytes.slice(), PINNED, memory),
    ];
    assert.equal(JSON.stringify(again), JSON.stringify(first));
  }));

Deno.test("a receipt that is signed but malformed is not remembered", () =>
  withDirectory(async (directory) => {
    const memory = new ReceiptMemory(directory, "nightdrop/1");
    const malformed = await forgeReceipt(emptyReceipt({ unread: -1 }));
    await assert.rejects(openReceipt(malformed.slice(), PINNED, memory), /not well formed at "unread"/);
    assert.equal(memory.has(forger.fingerprint, sha256(malformed)), false);
  }));

Deno.test("of receipts that a trusted one names, those of a signer that was pinned before are remembered", () =>
  withDirectory(async (directory) => {
    const named = { ...PINNED, signers: [], isNeeded: true };
    const memory = new ReceiptMemory(directory, "nightdrop/1");
    const one = await forgeReceipt(emptyReceipt({ program: "nightdrop/0.9.7" }));
    await openReceipt(one.slice(), named, memory);
    assert.equal(memory.knows(forger.fingerprint), false);
    await openReceipt(await forgeReceipt(emptyReceipt()), PINNED, memory);
    const other = await forgeReceipt(emptyReceipt({ program: "nightdrop/0.9.8" }));
    await openReceipt(other.slice(), named, memory);
    assert.equal(memory.has(forger.fingerprint, sha256(other)), true);
    assert.equal(await isOpened(directory, named), false, "the forged one is not remembered");
    remember(directory);
    assert.equal(await isOpened(directory, named), true, "it was not verified again");
  }));

/** A file with a correct SHA-256 of its text. */
function write(path: string, text: string): void {
  const encoded = new TextEncoder().encode(`${sha256(new TextEncoder().encode(text))}\n${text}`);
  Deno.writeFileSync(path, zstdCompressSync(encoded));
}

const OTHER = "ab".repeat(20);

const FAULTS: Readonly<Record<string, (directory: string) => void>> = {
  "is damaged": (directory) => {
    const bytes = Deno.readFileSync(fileOf(directory));
    bytes[bytes.length >> 1]! ^= 1;
    Deno.writeFileSync(fileOf(directory), bytes);
  },
  "is truncated": (directory) => Deno.truncateSync(fileOf(directory), 60),
  "is that of another signer": (directory) => {
    remember(directory, OTHER);
    Deno.renameSync(fileOf(directory, OTHER), fileOf(directory));
  },
  "was written by another version": (directory) =>
    write(fileOf(directory), `nightdrop-receipts/1 nightdrop/0\n${forger.fingerprint}\n${digest}\n`),
  "holds something else": (directory) =>
    write(fileOf(directory), `nightdrop-receipts/1 nightdrop/1\n${forger.fingerprint}\n${digest}\nx\n`),
  "can be changed by other users": (directory) => Deno.chmodSync(fileOf(directory), 0o666),
  "is in a directory that other users can change": (directory) =>
    Deno.chmodSync(`${directory}/receipts`, 0o777),
};

for (const [what, make] of Object.entries(FAULTS)) {
  Deno.test(`a file of receipts that ${what} vouches for nothing`, () =>
    withDirectory(async (directory) => {
      remember(directory);
      make(directory);
      assert.equal(await isOpened(directory), false);
    }));
}

Deno.test("above the limit, the receipts that were not asked for are forgotten", () =>
  withDirectory((directory) => {
    const digests = Array.from({ length: 10_001 }, (_, at) => sha256(Uint8Array.of(at, at >> 8)));
    const first = new ReceiptMemory(directory, "nightdrop/1");
    for (const it of digests.slice(1)) first.add(forger.fingerprint, it);
    first.settle();
    const second = new ReceiptMemory(directory, "nightdrop/1");
    for (const it of digests.slice(2)) assert.ok(second.has(forger.fingerprint, it));
    second.add(forger.fingerprint, digests[0]!);
    second.settle();
    const third = new ReceiptMemory(directory, "nightdrop/1");
    assert.deepEqual(digests.map((it) => third.has(forger.fingerprint, it)).indexOf(false), 1);
  }));
