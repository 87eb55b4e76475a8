import * as v from "schema";
import { Damage } from "./failure.ts";
import { isSha256 } from "./digest.ts";
import { isHostName, MAX_NUMBER, parseObjectName } from "./name.ts";
import { snapshotTime } from "./snapshot.ts";

/** The version of the receipt that this code writes, and the only one that it reads. */
export const RECEIPT_FORMAT = "nightdrop-receipt/1";

/** The largest part that a reader takes: it holds one part in memory before it trusts it. */
export const MAX_PART_BYTES = 256 * 1024 * 1024;

/** The largest receipt that a reader takes: about 500,000 parts. */
export const MAX_RECEIPT_BYTES = 128 * 1024 * 1024;

/** The most unconfirmed receipts that a host carries along. */
export const MAX_ATTEMPTED = 100;

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
  v.readonly(),
);

/** A receipt as its successors speak of it: by commitment, which names nothing. */
const link = v.pipe(v.strictObject({ snapshot, commitment: digest }), v.readonly());

const sealed = {
  /** Entries inside. */
  entries: count,
  /** Bytes before compression. */
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

const receipt = v.pipe(
  v.strictObject({
    format: v.literal(RECEIPT_FORMAT),
    program: v.pipe(v.string(), v.maxLength(100)),
    host: v.pipe(v.string(), v.check(isHostName, "not a host name")),
    snapshot,
    started: instant,
    finished: instant,
    /** Whose key signed this receipt, and that public key in base64, so that a receipt can be checked alone. */
    signer: v.strictObject({ fingerprint, key: v.pipe(v.string(), v.base64(), v.maxLength(20_000)) }),
    recipients: v.pipe(v.array(fingerprint), v.minLength(1)),
    compression: v.picklist(["zstd", "gzip", "none"]),
    /** The receipt before this one; null for the first. */
    previous: v.nullable(link),
    /** Receipts sent since `previous` of which the host never learned whether they arrived. */
    attempted: v.pipe(v.array(link), v.maxLength(MAX_ATTEMPTED)),
    entries: count,
    /** Bytes of file content. */
    bytes: count,
    /** How many things could not be read: 0 means that the snapshot is complete. */
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

/** One stored object of a snapshot. */
export type PartRecord = v.InferOutput<typeof part>;

/** A volume as the receipt records it. */
export type VolumeRecord = v.InferOutput<typeof volume>;

/** A receipt as its successors speak of it. */
export type ReceiptLink = v.InferOutput<typeof link>;

/** The signed record that makes a snapshot. `docs/FORMAT.md` describes each field. */
export type Receipt = v.InferOutput<typeof receipt>;

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
