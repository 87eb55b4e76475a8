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
  /** Entries of the whole tree, whichever volumes hold them. */
  readonly entries: number;
  /** Bytes of file content, likewise. */
  readonly bytes: number;
  /** What of them this run has sent. */
  readonly sent: {
    /** Entries in its volumes. */
    readonly entries: number;
    /** Bytes of file content. */
    readonly bytes: number;
  };
  /** How many things could not be read: 0 means that the snapshot is complete. */
  readonly unread: number;
  /** The volumes in order. No path is in two of them. */
  readonly volumes: readonly VolumeRecord[];
  /** Volumes of runs that broke off, the newest run first. What an earlier volume of this receipt holds counts. */
  readonly adopted: readonly AdoptedVolume[];
  /** The encrypted list of the entries in `volumes` and `adopted`, and of what is gone from those in `needs`. */
  readonly index: IndexRecord;
  /** Older snapshots that hold the rest, the newest first. What a newer one holds counts. */
  readonly needs: readonly NeededSnapshot[];
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

/** The index as the receipt records it. */
export interface IndexRecord extends SealedRecord {
  /** Paths that are gone, which it lists beside its entries. */
  readonly gone: number;
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

/** A volume of a run that never came to its receipt: the host knows its objects by commitment alone. */
export interface AdoptedVolume {
  /** As if it were one of this snapshot: the numbers of adopted volumes follow those of its own. */
  readonly number: number;
  /** Entries inside. */
  readonly entries: number;
  /** Bytes before compression. */
  readonly plain: number;
  /** Where its objects lie. */
  readonly from: {
    /** The folder. */
    readonly snapshot: string;
    /** The volume's number in their names. */
    readonly number: number;
  };
  /** The objects that make the message, in order. */
  readonly parts: readonly CommittedPart[];
}

/** An object that the host stored and cannot name. */
export interface CommittedPart {
  /** Bytes. */
  readonly size: number;
  /** See `commitment` in `digest.ts`. */
  readonly commitment: string;
}

/** An older snapshot that a newer one builds upon. */
export interface NeededSnapshot {
  /** Its id. */
  readonly snapshot: string;
  /** Commitment of its receipt. */
  readonly receipt: string;
  /** Numbers of the volumes that are needed: pairs of the first and the last of a row, ascending. */
  readonly volumes: readonly VolumeRange[];
}

/** Numbers of volumes that follow each other: the first and the last. */
export type VolumeRange = readonly [first: number, last: number];

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

const partSize = v.pipe(count, v.minValue(1), v.maxValue(MAX_PART_BYTES));
const volumeNumber = v.pipe(count, v.minValue(1), v.maxValue(MAX_NUMBER));

const part = v.pipe(
  v.strictObject({
    name: v.string(),
    size: partSize,
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
  v.strictObject({ number: volumeNumber, ...sealed }),
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

const adopted = v.strictObject({
  number: volumeNumber,
  entries: count,
  plain: count,
  from: v.strictObject({ snapshot, number: volumeNumber }),
  parts: v.pipe(
    v.array(v.strictObject({ size: partSize, commitment: digest })),
    v.minLength(1),
    v.maxLength(MAX_NUMBER + 1),
  ),
});

const needed = v.strictObject({
  snapshot,
  receipt: digest,
  volumes: v.pipe(
    v.array(v.strictTuple([volumeNumber, volumeNumber])),
    v.minLength(1),
    v.check(
      (ranges) =>
        ranges.every(([first, last], at) => first <= last && (at === 0 || first > ranges[at - 1]![1] + 1)),
      "the ranges do not ascend",
    ),
  ),
});

const index = v.pipe(
  v.strictObject({ ...sealed, gone: count }),
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
    sent: v.strictObject({ entries: count, bytes: count }),
    unread: count,
    volumes: v.pipe(v.array(volume), v.maxLength(MAX_NUMBER)),
    adopted: v.pipe(v.array(adopted), v.maxLength(MAX_NUMBER)),
    index,
    needs: v.array(needed),
  }),
  v.check(
    ({ volumes, adopted }) => [...volumes, ...adopted].every((it, at) => it.number === at + 1),
    "the volumes are not numbered as they stand",
  ),
  v.check(
    ({ volumes, adopted, index, entries, sent }) =>
      entriesIn(volumes) === sent.entries && sent.entries <= entries &&
      entriesIn(volumes) + entriesIn(adopted) === index.entries,
    "the counts of entries do not agree",
  ),
  v.check(
    ({ adopted, needs, index, entries, sent }) =>
      needs.length > 0 || adopted.length > 0 || (index.gone === 0 && sent.entries === entries),
    "it needs no other volumes, but its own are not all of it",
  ),
  v.check(
    ({ snapshot, adopted, needs }) =>
      adopted.every(({ from }) => from.snapshot !== snapshot) &&
      new Set([snapshot, ...needs.map((it) => it.snapshot)]).size === needs.length + 1,
    "it needs a snapshot twice, or itself",
  ),
);

function entriesIn(volumes: readonly { readonly entries: number }[]): number {
  return volumes.reduce((sum, { entries }) => sum + entries, 0);
}

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
