import type { CompressionKind } from "./compression.ts";

const SUFFIX = { zstd: ".zst", gzip: ".gz", none: "" } as const;

/**
 * Digits of volume and part numbers. With six digits, the order in which the shell sorts is correct for 16 TB
 * in one volume: `cat 000002.*` must never put part 1000 before part 200.
 */
const DIGITS = 6;

/** Maximum volume or part number in a name. */
export const MAX_NUMBER = 10 ** DIGITS - 1;

/** Kind of an object in a snapshot's directory, parsed from its name. */
export type ObjectKind =
  | {
    readonly kind: "volume";
    /** Archive, or the output of one program. */
    readonly content: VolumeContent;
    readonly volume: number;
    readonly part: number;
    readonly sha256: string;
  }
  | { readonly kind: "index"; readonly part: number; readonly sha256: string }
  | { readonly kind: "receipt"; readonly sha256: string };

/** Content of a volume inside its encryption and compression. */
export type VolumeContent = "tar" | "stream";

function digits(number: number): string {
  if (!Number.isInteger(number) || number < 0 || number > MAX_NUMBER) {
    throw new RangeError(`Cannot number a volume or part ${number}: 0 to ${MAX_NUMBER} are possible`);
  }
  return String(number).padStart(DIGITS, "0");
}

/** Returns `000001.000000-<sha256>.tar.zst.gpg`: part `part` (from 0) of volume `volume` (from 1). */
export function volumePartName(
  volume: number,
  part: number,
  sha256: string,
  compression: CompressionKind,
): string {
  return `${digits(volume)}.${digits(part)}-${sha256}.tar${SUFFIX[compression]}.gpg`;
}

/** Returns `000001.000000-<sha256>.zst.gpg`: part `part` (from 0) of the volume of a dump. */
export function dumpPartName(
  volume: number,
  part: number,
  sha256: string,
  compression: CompressionKind,
): string {
  return `${digits(volume)}.${digits(part)}-${sha256}${SUFFIX[compression]}.gpg`;
}

/** Returns the prefix of the names of all parts of a volume. */
export function volumePrefix(volume: number): string {
  return `${digits(volume)}.`;
}

/** Returns `index.000000-<sha256>.jsonl.zst.gpg`: part `part` (from 0) of the index. */
export function indexPartName(part: number, sha256: string, compression: CompressionKind): string {
  return `index.${digits(part)}-${sha256}.jsonl${SUFFIX[compression]}.gpg`;
}

/** Returns `receipt-<sha256>.json.asc`. */
export function receiptName(sha256: string): string {
  return `receipt-${sha256}.json.asc`;
}

const VOLUME = /^(\d{6})\.(\d{6})-([0-9a-f]{64})(\.tar)?(?:\.zst|\.gz)?\.gpg$/;
const INDEX = /^index\.(\d{6})-([0-9a-f]{64})\.jsonl(?:\.zst|\.gz)?\.gpg$/;
const RECEIPT = /^receipt-([0-9a-f]{64})\.json\.asc$/;

/**
 * Parses the name of an object within its snapshot's directory; undefined if nightdrop writes no such name.
 */
export function parseObjectName(name: string): ObjectKind | undefined {
  let match = VOLUME.exec(name);
  if (match) {
    const content = match[4] === undefined ? "stream" : "tar";
    return {
      kind: "volume",
      content,
      volume: Number(match[1]),
      part: Number(match[2]),
      sha256: match[3]!,
    };
  }
  match = INDEX.exec(name);
  if (match) return { kind: "index", part: Number(match[1]), sha256: match[2]! };
  match = RECEIPT.exec(name);
  return match ? { kind: "receipt", sha256: match[1]! } : undefined;
}

/** Whether `host` is valid as the first component of object names: a host name, in lower case. */
export function isHostName(host: string): boolean {
  return host.length <= 253 &&
    /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/.test(host);
}

/** Returns the name of an object in a store: `<host>/<snapshot>/<name>`. */
export function objectKey(host: string, snapshot: string, name: string): string {
  return `${host}/${snapshot}/${name}`;
}
