/** Attacker with a signing key and put access: makes receipts of any content, signed or not. */
import { commitment, sha256 } from "../../lib/model/digest.ts";
import { indexPartName, objectKey, receiptName, volumePartName } from "../../lib/model/name.ts";
import type { PartRecord, Receipt, ReceiptLink } from "../../lib/model/receipt.ts";
import { encodeReceipt } from "../../lib/model/receipt_text.ts";
import { generateSigner, readSigner, type Signer } from "../../lib/seal/signer.ts";
import { sampleReceipt } from "./receipts.ts";

const encoder = new TextEncoder();
const NOW = new Date("2026-11-23T05:01:00Z");

/** Objects by their names. */
export type Objects = Map<string, Uint8Array<ArrayBuffer>>;

/** A snapshot whose objects can be put into a store. */
export interface ForgedSnapshot {
  readonly receipt: Receipt;
  readonly link: ReceiptLink;
  readonly objects: Objects;
}

export interface ForgeOptions {
  /** Made of the text of the receipt instead of a clear signature. */
  readonly signed?: (text: string) => string | Promise<string>;
  /** Made of the receipt instead of its text. */
  readonly text?: (receipt: Receipt) => string;
  readonly signer?: Signer;
}

export async function newSigner(host = "web1.example.org"): Promise<Signer> {
  return await readSigner(await generateSigner(host, new Date("2026-01-01T00:00:00Z")));
}

export const forger = await newSigner();

export function idAt(time: string, number = 0): string {
  return `${time}Z-${number.toString(16).padStart(16, "0")}`;
}

/** Returns an empty receipt by `signer`, for tests to change. */
export function emptyReceipt(changes: Partial<Receipt> = {}, signer: Signer = forger): Receipt {
  return sampleReceipt({
    signer: { fingerprint: signer.fingerprint, key: signer.publicKey.toBase64() },
    previous: null,
    entries: 0,
    bytes: 0,
    sent: { entries: 0, bytes: 0 },
    volumes: [],
    index: { ...sampleReceipt().index, entries: 0 },
    ...changes,
  });
}

/** Returns the bytes of a receipt. */
export async function forgeReceipt(
  receipt: Receipt,
  { signed, text = encodeReceipt, signer = forger }: ForgeOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const written = text(receipt);
  return encoder.encode(await (signed?.(written) ?? signer.sign(written, NOW)));
}

/** Returns a text with a signature of another text, which anyone can write without the key. */
export async function unsigned(text: string): Promise<string> {
  return (await forger.sign("x\n", NOW)).replace("\n\nx\n\n", () => `\n\n${text}\n`);
}

/** A snapshot with `volumes` of one part each, whose objects are there but not sealed. */
export async function forgeSnapshot(
  changes: Partial<Receipt> & { readonly parts?: number } = {},
  options: ForgeOptions = {},
): Promise<ForgedSnapshot> {
  const { parts = 1, ...rest } = changes;
  const objects: Objects = new Map();
  const base = emptyReceipt(rest, options.signer);
  const directory = objectKey(base.host, base.snapshot, "");
  const put = (text: string, nameOf: (digest: string) => string): PartRecord => {
    const bytes = encoder.encode(text + base.snapshot);
    const digest = sha256(bytes);
    objects.set(directory + nameOf(digest), bytes);
    return { name: nameOf(digest), size: bytes.length, sha256: digest };
  };
  const volumes = Array.from({ length: parts }, (_, at) => {
    const name = (digest: string): string => volumePartName(at + 1, 0, digest, "zstd");
    return { number: at + 1, entries: 0, plain: 1024, parts: [put(`volume ${at}`, name)] };
  });
  const index = { ...base.index, parts: [put("index", (digest) => indexPartName(0, digest, "zstd"))] };
  const receipt = { ...base, volumes, index, ...rest };
  const bytes = await forgeReceipt(receipt, options);
  const digest = sha256(bytes);
  objects.set(directory + receiptName(digest), bytes);
  return { receipt, objects, link: { snapshot: receipt.snapshot, commitment: commitment(digest) } };
}
