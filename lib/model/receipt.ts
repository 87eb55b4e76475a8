import * as v from "schema";
import type { CompressionKind } from "./compression.ts";
import { Damage } from "./failure.ts";
import { isSha256 } from "./digest.ts";
import { isHostName, MAX_NUMBER, parseObjectName, type VolumeContent } from "./name.ts";
import { snapshotTime } from "./snapshot.ts";

/** The version of the receipt that this code writes, and the only one that it reads. */
export const RECEIPT_FORMAT: Receipt["format"] = "nightdrop-receipt/1";

/** The largest part that a reader takes: it holds one part in memory before it trusts it. */
export const MAX_PART_BYTES = 256 * 1024 * 1024;

/** The largest receipt that a reader takes: about 500,000 parts. */
export const MAX_RECEIPT_BYTES = 128 * 1024 * 1024;

/** The most unconfirmed receipts that a host carries along. */
export const MAX_ATTEMPTED = 100;

/** The signed record that makes a snapshot. `docs/FORMAT.md` says more of each field. */
export interface Receipt {
  /** The version of the format. */
  readonly format: "nightdrop-receipt/1";
  /** What wrote it. */
  readonly program: string;
  /** The host, as the folder it lies in says too. */
  readonly host: string;
  /** The snapshot, likewise. */
  readonly snapshot: string;
  /** When the run began, by the host's clock: RFC 3339, UTC. */
  readonly started: string;
  /** When all but the receipt was stored, likewise. */
  readonly finished: string;
  /** Whose key signed it, and that public key in base64, so that a receipt can be checked alone. */
  readonly signer: { readonly fingerprint: string; readonly key: string };
  /** Fingerprints of the keys it is sealed to. */
  readonly recipients: readonly string[];
  /** How all volumes and the index are compressed. */
  readonly compression: CompressionKind;
  /** The receipt before this one; null for the first. */
  readonly previous: ReceiptLink | null;
  /** Receipts sent since `previous` of which the host never learned whether they arrived. */
  readonly attempted: readonly ReceiptLink[];
  /** Entries in all volumes. */
  readonly entries: number;
  /** Bytes of file content. */
  readonly bytes: number;
  /** How many things could not be read: 0 means that the snapshot is complete. */
  readonly unread: number;
  /** The volumes in order. */
  readonly volumes: readonly VolumeRecord[];
  /** The encrypted list of the entries. */
  readonly index: SealedRecord;
}

/** A receipt as its successors speak of it: by commitment, which names nothing. */
export interface ReceiptLink {
  /** Its snapshot. */
  readonly snapshot: string;
  /** See `commitment` in `digest.ts`. */
  readonly commitment: string;
}

/** A message in its parts. */
export interface SealedRecord {
  /** Entries inside. */
  readonly entries: number;
  /** Bytes before compression. */
  readonly plain: number;
  /** The objects that make the message, in order. */
  readonly parts: readonly PartRecord[];
}

/** A volume as the receipt records it. */
export interface VolumeRecord extends SealedRecord {
  /** From 1. */
  readonly number: number;
}

/** What a volume holds, which the names of its parts tell. */
export function contentOf({ parts }: Pick<VolumeRecord, "parts">): VolumeContent {
  const object = parseObjectName(parts[0]?.name ?? "");
  return object?.kind === "volume" ? object.content : "tar";
}

/**
 * Whether a volume is the beginning of a dump that failed: it is listed, so that everything in the folder is accounted
 * for, but no entry is in it, and its message has no end.
 */
export function isBrokenDump(volume: VolumeRecord): boolean {
  return volume.entries === 0 && contentOf(volume) === "stream";
}

/** One stored object of a snapshot. */
export interface PartRecord {
  /** Its name in the snapshot's folder. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of its bytes, which the name carries too. */
  readonly sha256: string;
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const instant = v.pipe(v.string(), v.isoTimestamp(), v.check((text) => !Number.isNaN(Date.parse(text))));
const fingerprint = v.pipe(v.string(), v.regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/));
const digest = v.pipe(v.string(), v.check(isSha256, "not a SHA-256"));
const snapshot = v.pipe(v.string(), v.check((id) => snapshotTime(id) !== undefined, "not a snapshot id"));

const part = v.pipe(
  v.strictObject({
    name: v.string(),
    size: v.pipe(count, v.minValue(1), v.maxValue(MAX_PART_BYTES)),
    sha256: digest,
  }),
  v.check((it) => parseObjectName(it.name)?.sha256 === it.sha256, "the name does not carry the SHA-256"),
);

const link = v.strictObject({ snapshot, commitment: digest });

const sealed = {
  entries: count,
  plain: count,
  parts: v.pipe(v.array(part), v.minLength(1), v.maxLength(MAX_NUMBER + 1)),
};

const volume = v.pipe(
  v.strictObject({ number: v.pipe(count, v.minValue(1), v.maxValue(MAX_NUMBER)), ...sealed }),
  v.check(
    ({ number, parts }) =>
      parts.every(({ name }, at) => {
        const object = parseObjectName(name);
        return object?.kind === "volume" && object.volume === number && object.part === at;
      }),
    "the parts are not numbered as they stand",
  ),
  v.check(
    (volume) => {
      const content = contentOf(volume);
      return volume.parts.every(({ name }) => {
        const object = parseObjectName(name);
        return object?.kind === "volume" && object.content === content;
      }) && (content === "tar" || volume.entries <= 1);
    },
    "it is neither an archive nor one dump",
  ),
);

const index = v.pipe(
  v.strictObject(sealed),
  v.check(
    ({ parts }) =>
      parts.every(({ name }, at) => {
        const object = parseObjectName(name);
        return object?.kind === "index" && object.part === at;
      }),
    "the parts are not numbered as they stand",
  ),
);

const receipt: v.GenericSchema<unknown, Receipt> = v.pipe(
  v.strictObject({
    format: v.literal(RECEIPT_FORMAT),
    program: v.pipe(v.string(), v.maxLength(100)),
    host: v.pipe(v.string(), v.check(isHostName, "not a host name")),
    snapshot,
    started: instant,
    finished: instant,
    signer: v.strictObject({ fingerprint, key: v.pipe(v.string(), v.base64(), v.maxLength(20_000)) }),
    recipients: v.pipe(v.array(fingerprint), v.minLength(1)),
    compression: v.picklist(["zstd", "gzip", "none"]),
    previous: v.nullable(link),
    attempted: v.pipe(v.array(link), v.maxLength(MAX_ATTEMPTED)),
    entries: count,
    bytes: count,
    unread: count,
    volumes: v.pipe(v.array(volume), v.maxLength(MAX_NUMBER)),
    index,
  }),
  v.check(
    ({ volumes }) => volumes.every((it, at) => it.number === at + 1),
    "the volumes are not numbered as they stand",
  ),
  v.check(
    ({ volumes, index, entries }) =>
      index.entries === entries && volumes.reduce((sum, it) => sum + it.entries, 0) === entries,
    "the counts of entries do not agree",
  ),
);

/** The receipt's text, one value a line: signing tools cut lines that are too long. */
export function encodeReceipt(value: Receipt): string {
  return JSON.stringify(value, null, 1) + "\n";
}

/**
 * Reads a receipt's text and refuses whatever {@link encodeReceipt} would not have written.
 *
 * @throws {Damage} when it is not a receipt of this format, with the first thing that is wrong.
 */
export function decodeReceipt(text: string): Receipt {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Damage("The receipt is not JSON");
  }
  const result = v.safeParse(receipt, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const format = (value as { format?: unknown } | null)?.format;
  if (typeof format === "string" && format.startsWith("nightdrop-receipt/") && format !== RECEIPT_FORMAT) {
    throw new Damage(`The receipt has the format "${format.slice(0, 40)}"`, {
      hint: `This version reads "${RECEIPT_FORMAT}": use a newer nightdrop`,
    });
  }
  throw new Damage(`The receipt is not well formed at "${v.getDotPath(issue) ?? ""}": ${issue.message}`);
}
