/** Complete snapshots with any content, encrypted to the keys of a drill and signed, as a hostile host can make them. */
import { encodeHeader } from "../../lib/archive/header.ts";
import type { Compression } from "../../lib/model/compression.ts";
import { commitment, sha256 } from "../../lib/model/digest.ts";
import type { Entry } from "../../lib/model/entry.ts";
import { encodeGoneLine, encodeIndexLine } from "../../lib/model/index_line.ts";
import { indexHeader } from "../../lib/model/index.ts";
import { dumpPartName, indexPartName, objectKey, receiptName, volumePartName } from "../../lib/model/name.ts";
import type {
  NeededSnapshot,
  PartRecord,
  Receipt,
  ReceiptLink,
  VolumeRecord,
} from "../../lib/model/receipt.ts";
import { readRecipient, type RecipientKey } from "../../lib/seal/recipient.ts";
import { seal } from "../../lib/seal/seal.ts";
import { newSessionKey } from "../../lib/seal/session_key.ts";
import { type Item, joined } from "../archive/making.ts";
import type { Scenario } from "./scenario.ts";
import { emptyReceipt, forgeReceipt, idAt } from "./forger.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Volume to forge. Omitted parts are correct. */
export interface ForgedVolume {
  readonly items: readonly Item[];
  /** Entries that the index lists instead. */
  readonly listed?: readonly Entry[];
  /** Lines of the index instead of those of the entries. */
  readonly lines?: readonly string[];
  /** The archive. */
  readonly plain?: Bytes;
  /** The message, whatever is in it. */
  readonly message?: Bytes;
  /** Bytes of the archive that the receipt announces. */
  readonly plainBytes?: number;
  readonly to?: RecipientKey;
  readonly dump?: boolean;
}

/** Snapshot to forge. */
export interface ForgedTree {
  readonly id?: string;
  readonly volumes?: readonly ForgedVolume[];
  readonly gone?: readonly string[];
  /** Snapshots that it needs, and of each the numbers of volumes. */
  readonly needs?: readonly (readonly [ForgedLink, NeededSnapshot["volumes"]])[];
  /** Made of the lines of the index. */
  readonly lines?: (lines: string[]) => string[];
  readonly indexTo?: RecipientKey;
  readonly receipt?: Partial<Receipt>;
}

/** A snapshot that was forged, as others can speak of it. */
export type ForgedLink = ReceiptLink & { readonly receipt: Receipt };

const COMPRESSION: Compression = { kind: "zstd", level: 3 };
const encoder = new TextEncoder();
let serial = 0;

/** Stores a forged snapshot in the store of a drill. */
export async function forgeTree(scenario: Scenario, tree: ForgedTree): Promise<ForgedLink> {
  const id = tree.id ?? idAt("20261123T050000", ++serial);
  const recipient = await recipientOf(scenario);
  const put = (name: string, bytes: Bytes): void =>
    void scenario.store.objects.set(objectKey(scenario.host.name, id, name), { bytes, storedAt: new Date() });
  const part = (bytes: Bytes, nameOf: (digest: string) => string): PartRecord => {
    const digest = sha256(bytes);
    put(nameOf(digest), bytes);
    return { name: nameOf(digest), size: bytes.length, sha256: digest };
  };
  const volumes: VolumeRecord[] = [];
  const lines = [indexHeader(scenario.host.name, id).trimEnd()];
  let bytes = 0;
  for (const [at, volume] of (tree.volumes ?? []).entries()) {
    const number = at + 1;
    const plain = volume.plain ?? (volume.dump ? volume.items[0]!.content as Bytes : archiveOf(volume.items));
    const message = volume.message ?? await sealed(plain, volume.to ?? recipient);
    const nameOf = volume.dump ? dumpPartName : volumePartName;
    const listed = volume.listed ?? volume.items.map(({ entry }) => entry);
    const own = volume.lines ?? listed.map((entry) => encodeIndexLine(number, entry).trimEnd());
    lines.push(...own);
    bytes += listed.reduce((sum, { size }) => sum + size, 0);
    const parts = [part(message, (digest) => nameOf(number, 0, digest, "zstd"))];
    volumes.push({ number, entries: own.length, plain: volume.plainBytes ?? plain.length, parts });
  }
  lines.push(...(tree.gone ?? []).map((path) => encodeGoneLine(path).trimEnd()));
  const text = encoder.encode((tree.lines?.(lines) ?? lines).map((line) => `${line}\n`).join(""));
  const entries = volumes.reduce((sum, { entries }) => sum + entries, 0);
  const index = {
    entries,
    gone: tree.gone?.length ?? 0,
    plain: text.length,
    parts: [
      part(await sealed(text, tree.indexTo ?? recipient), (digest) => indexPartName(0, digest, "zstd")),
    ],
  };
  const needs = (tree.needs ?? []).map(([{ snapshot, commitment }, volumes]) => ({
    snapshot,
    receipt: commitment,
    volumes,
  }));
  const now = new Date().toISOString();
  const receipt = emptyReceipt({
    snapshot: id,
    started: now,
    finished: now,
    recipients: scenario.identities.map(({ fingerprint }) => fingerprint),
    entries,
    bytes,
    sent: { entries, bytes },
    volumes,
    index,
    needs,
    ...tree.receipt,
  });
  const signed = await forgeReceipt(receipt);
  put(receiptName(sha256(signed)), signed);
  return { snapshot: id, commitment: commitment(sha256(signed)), receipt };
}

/** Returns the archive of any items, without checks. */
function archiveOf(items: readonly Item[]): Bytes {
  const blocks = items.flatMap(({ entry, content }) => [
    encodeHeader(entry),
    content,
    new Uint8Array((512 - content.length % 512) % 512),
  ]);
  return joined([...blocks, new Uint8Array(1024)]);
}

/** Returns a message of one part. */
async function sealed(plain: Bytes, recipient: RecipientKey): Promise<Bytes> {
  const session = await newSessionKey([recipient]);
  const parts: Bytes[] = [];
  for await (
    const { bytes } of seal([plain.slice()], { session, compression: COMPRESSION, partSize: 2 ** 28 })
  ) {
    parts.push(bytes.slice());
  }
  return joined(parts);
}

/** Returns the recipients of a drill's backups. */
export async function recipientOf(scenario: Scenario): Promise<RecipientKey> {
  const [{ file, fingerprint }] = scenario.host.recipients as [{ file: string; fingerprint: string }];
  return await readRecipient(Deno.readFileSync(file), { name: file, fingerprint, now: new Date() });
}
