/** Snapshots of simulated hosts as stores hold them: receipts are signed and chained, what they name has its size and no content. */
import { DAY_MS } from "../../lib/model/day.ts";
import { commitment, sha256 } from "../../lib/model/digest.ts";
import { indexPartName, objectKey, receiptName, volumePartName } from "../../lib/model/name.ts";
import { type Receipt, RECEIPT_FORMAT, type ReceiptLink } from "../../lib/model/receipt.ts";
import { encodeReceipt } from "../../lib/model/receipt_text.ts";
import { generateSigner, readSigner, type Signer } from "../../lib/seal/signer.ts";

/** Time of the first snapshots. */
export const FIRST = Date.parse("2026-01-01T02:00:00Z");

/** Older snapshots that one builds on: unchanged files are re-sent within this number of days. */
const NEEDED = 30;

/** Object of a snapshot. */
export interface FleetObject {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Simulated host with a signing key. */
export class StoredHost {
  readonly name: string;
  readonly signer: Signer;
  readonly #links: ReceiptLink[] = [];

  private constructor(name: string, signer: Signer) {
    this.name = name;
    this.signer = signer;
  }

  static async create(at: number): Promise<StoredHost> {
    const name = `host${String(at).padStart(5, "0")}.example.org`;
    return new StoredHost(name, await readSigner(await generateSigner(name, new Date(FIRST - DAY_MS))));
  }

  /** Number of snapshots so far. */
  get nights(): number {
    return this.#links.length;
  }

  /** Makes the snapshot of the next night. The receipt is the last object. */
  async snapshot(): Promise<FleetObject[]> {
    const night = this.#links.length;
    const started = new Date(FIRST + night * DAY_MS);
    const tag = sha256(new TextEncoder().encode(`${this.name} ${night}`));
    const id = `${started.toISOString().replace(/[-:]|\.\d+/g, "")}-${tag.slice(0, 16)}`;
    const volume = volumePartName(1, 0, digestOf(`${tag} volume`), "zstd");
    const index = indexPartName(0, digestOf(`${tag} index`), "zstd");
    const receipt = this.#receipt(id, started, volume, index);
    const signed = await this.signer.sign(encodeReceipt(receipt), new Date(receipt.finished));
    const bytes = new TextEncoder().encode(signed);
    const digest = sha256(bytes);
    this.#links.push({ snapshot: id, commitment: commitment(digest) });
    return [
      { name: volume, bytes: new Uint8Array(VOLUME_BYTES) },
      { name: index, bytes: new Uint8Array(INDEX_BYTES) },
      { name: receiptName(digest), bytes },
    ].map((object) => ({ ...object, name: objectKey(this.name, id, object.name) }));
  }

  #receipt(id: string, started: Date, volume: string, index: string): Receipt {
    const needed = this.#links.slice(-NEEDED).reverse();
    const { fingerprint, publicKey } = this.signer;
    const sent = needed.length === 0 ? ENTRIES : 700;
    return {
      format: RECEIPT_FORMAT,
      program: "nightdrop/0.2.0",
      host: this.name,
      snapshot: id,
      started: started.toISOString(),
      finished: new Date(started.getTime() + 60_000).toISOString(),
      signer: { fingerprint, key: publicKey.toBase64() },
      recipients: ["cd".repeat(20)],
      compression: "zstd",
      previous: this.#links.at(-1) ?? null,
      attempted: [],
      entries: ENTRIES,
      bytes: 1e9,
      sent: { entries: sent, bytes: sent * 50_000 },
      unread: 0,
      volumes: [{
        number: 1,
        entries: sent,
        plain: sent * 60_000,
        parts: [{ name: volume, size: VOLUME_BYTES, sha256: digestIn(volume) }],
      }],
      adopted: [],
      index: {
        entries: sent,
        gone: 0,
        plain: 1e5,
        parts: [{ name: index, size: INDEX_BYTES, sha256: digestIn(index) }],
      },
      needs: needed.map(({ snapshot, commitment: receipt }) => ({ snapshot, receipt, volumes: [[1, 1]] })),
    };
  }
}

const ENTRIES = 20_000;

const [VOLUME_BYTES, INDEX_BYTES] = [128, 64];

function digestOf(text: string): string {
  return sha256(new TextEncoder().encode(text));
}

function digestIn(name: string): string {
  return /-([0-9a-f]{64})\./.exec(name)![1]!;
}
