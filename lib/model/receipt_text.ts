import * as v from "valibot";
import { isSha256 } from "./digest.ts";
import { Damage } from "./failure.ts";
import { isInstant } from "./instant.ts";
import { isHostName, MAX_NUMBER, parseObjectName } from "./name.ts";
import { printable } from "./printable.ts";
import {
  contentOf,
  MAX_ATTEMPTED,
  MAX_PART_BYTES,
  MAX_RECIPIENTS,
  type Receipt,
  RECEIPT_FORMAT,
} from "./receipt.ts";
import { MAX_SIGNER_KEY_LENGTH } from "./receipt_head.ts";
import { snapshotTime } from "./snapshot.ts";
import { parseStrictJson } from "./strict_json.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const instant = v.pipe(v.string(), v.check(isInstant, "not a time in UTC with milliseconds"));
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
    "the parts are not numbered in order",
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

/** Maximum number of ranges of volumes in older snapshots: they fit the 4 MiB that a writer keeps for them. */
const MAX_RANGES = 120_000;

/** Whether there are so few ranges that they can be checked. The form of the value is not known yet. */
function hasFewRanges(needs: unknown): boolean {
  let ranges = 0;
  for (const needed of Array.isArray(needs) ? needs : []) {
    ranges += Object(Object(needed).volumes).length ?? 0;
  }
  return ranges <= MAX_RANGES;
}

const index = v.pipe(
  v.strictObject({ ...sealed, gone: count }),
  v.check(
    ({ parts }) =>
      parts.every(({ name }, at) => {
        const object = parseObjectName(name);
        return object?.kind === "index" && object.part === at;
      }),
    "the parts are not numbered in order",
  ),
);

const receipt: v.GenericSchema<unknown, Receipt> = v.pipe(
  v.strictObject({
    format: v.literal(RECEIPT_FORMAT),
    program: v.pipe(v.string(), v.regex(/^[\x20-\x7e]{1,100}$/)),
    host: v.pipe(v.string(), v.check(isHostName, "not a host name")),
    snapshot,
    started: instant,
    finished: instant,
    signer: v.strictObject({
      fingerprint: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/)),
      key: v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]+={0,2}$/), v.maxLength(MAX_SIGNER_KEY_LENGTH)),
    }),
    recipients: v.pipe(v.array(fingerprint), v.minLength(1), v.maxLength(MAX_RECIPIENTS)),
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
    needs: v.pipe(
      v.unknown(),
      v.check(hasFewRanges, `more than ${MAX_RANGES} ranges of volumes`),
      v.array(needed),
    ),
  }),
  v.check(
    ({ volumes, adopted }) => [...volumes, ...adopted].every((it, at) => it.number === at + 1),
    "the volumes are not numbered in order",
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
    "it needs no other volumes, but its own do not hold everything",
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

/** Returns the receipt's text, one value per line, because signing tools cut long lines. */
export function encodeReceipt(value: Receipt): string {
  return JSON.stringify(value, null, 1) + "\n";
}

/** Maximum nesting: the receipt, `volumes`, a volume, `parts`, a part. */
const MAX_DEPTH = 5;

/**
 * Parses a receipt's text, whose signature is verified, and refuses any text that {@link encodeReceipt} does
 * not write.
 *
 * @throws {Damage} if it is not a receipt of this format, with the first fault.
 */
export function decodeReceipt(text: string): Receipt {
  if (!text.endsWith("}\n")) throw new Damage("The receipt is not JSON in the only form that is read");
  const value = parseStrictJson(text.slice(0, -1), { label: "The receipt", maxDepth: MAX_DEPTH, indent: 1 });
  const result = v.safeParse(receipt, value, { abortEarly: true });
  if (result.success) return value as Receipt; // its keys have the order of the text
  const issue = result.issues[0];
  const where = printable((v.getDotPath(issue) ?? "").slice(0, 100));
  const what = printable(issue.message.slice(0, 200));
  throw new Damage(`The receipt is not well formed at "${where}": ${what}`);
}
