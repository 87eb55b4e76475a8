/** What is remembered of signatures: exactly the bytes that were verified, and only for a pinned signer. */
import assert from "node:assert/strict";
import { zstdCompressSync } from "node:zlib";
import { sha256 } from "../../lib/model/digest.ts";
import { Damage } from "../../lib/model/failure.ts";
import { openReceipt } from "../../lib/snapshots/receipt.ts";
import { SignatureMemory } from "../../lib/store/cache/signature_memory.ts";
import { withDirectory } from "../support/directory.ts";
import { emptyReceipt, forger, forgeReceipt, unsigned } from "../support/forger.ts";

const PINNED = { name: "web1.example.org", signers: [forger.fingerprint] };

/** A receipt with a signature that is not good, of which the memory says that it was. */
const forged = await forgeReceipt(emptyReceipt(), { signed: unsigned });
const digest = sha256(forged);

function fileOf(directory: string, signer = forger.fingerprint): string {
  return `${directory}/signatures/${signer.slice(0, 2)}/${signer}`;
}

function remember(directory: string, signer = forger.fingerprint): SignatureMemory {
  const memory = new SignatureMemory(directory);
  memory.add(signer, digest);
  memory.settle();
  return memory;
}

async function isOpened(directory: string, host = PINNED, bytes = forged): Promise<boolean> {
  try {
    await openReceipt(bytes.slice(), host, new SignatureMemory(directory));
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
    const memory = new SignatureMemory(directory);
    const good = await forgeReceipt(emptyReceipt());
    const goodDigest = sha256(good);
    await openReceipt(good, PINNED, memory);
    await assert.rejects(openReceipt(forged.slice(), PINNED, memory), Damage);
    memory.settle();
    const later = new SignatureMemory(directory);
    assert.deepEqual([goodDigest, digest].map((it) => later.has(forger.fingerprint, it)), [true, false]);
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
    write(fileOf(directory), `nightdrop-signatures/0\n${forger.fingerprint}\n${digest}\n`),
  "holds something else": (directory) =>
    write(fileOf(directory), `nightdrop-signatures/1\n${forger.fingerprint}\n${digest}\nx\n`),
  "can be changed by other users": (directory) => Deno.chmodSync(fileOf(directory), 0o666),
  "is in a directory that other users can change": (directory) =>
    Deno.chmodSync(`${directory}/signatures`, 0o777),
};

for (const [what, make] of Object.entries(FAULTS)) {
  Deno.test(`a file of signatures that ${what} vouches for nothing`, () =>
    withDirectory(async (directory) => {
      remember(directory);
      make(directory);
      assert.equal(await isOpened(directory), false);
    }));
}

Deno.test("above the limit, the receipts that were not asked for are forgotten", () =>
  withDirectory((directory) => {
    const digests = Array.from({ length: 10_001 }, (_, at) => sha256(Uint8Array.of(at, at >> 8)));
    const first = new SignatureMemory(directory);
    for (const it of digests.slice(1)) first.add(forger.fingerprint, it);
    first.settle();
    const second = new SignatureMemory(directory);
    for (const it of digests.slice(2)) assert.ok(second.has(forger.fingerprint, it));
    second.add(forger.fingerprint, digests[0]!);
    second.settle();
    const third = new SignatureMemory(directory);
    assert.deepEqual(digests.map((it) => third.has(forger.fingerprint, it)).indexOf(false), 1);
  }));
