import { sha256 } from "../../model/digest.ts";
import { isObject } from "../../model/object.ts";
import { compareUtf8 } from "../../model/utf8_order.ts";
import type { StoredObject } from "../contract.ts";
import { isName } from "../name.ts";
import { removeCacheFile } from "./cache_file.ts";
import { readCacheText, writeCacheText } from "./cache_text.ts";

/** Version of the file. One of another version is not read. */
const FORMAT = "nightdrop-listing/1";

/** Objects of a host that are remembered. A host with more is listed whole each time. */
export const MAX_REMEMBERED = 200_000;

const MAX_FILE_BYTES = 64 * 1024 ** 2;

/** Listing of a host in a store. */
export interface Listing {
  /** Time at which all of it was listed, in milliseconds. */
  readonly whole: number;
  /** Objects in the order of their names. */
  readonly objects: readonly StoredObject[];
}

/** Key of the listing in a file. */
export interface ListingKey {
  /** Identity of the store. */
  readonly store: string;
  readonly host: string;
}

/** Returns what is remembered; undefined for nothing, or for a file that is not exactly as it was written. */
export function readListing(directory: string, key: ListingKey): Listing | undefined {
  const text = readCacheText(pathOf(directory, key), MAX_FILE_BYTES);
  try {
    return text === undefined ? undefined : decoded(JSON.parse(text), key);
  } catch {
    return undefined;
  }
}

/** Remembers a listing, or forgets it. */
export function writeListing(directory: string, key: ListingKey, listing: Listing | undefined): void {
  const path = pathOf(directory, key);
  if (listing === undefined) return removeCacheFile(path);
  const rows = listing.objects.map((it) => [
    it.name.slice(key.host.length + 1),
    it.size,
    it.storedAt.getTime(),
    it.overwritten ?? 0,
    it.hiddenAt?.getTime() ?? null,
  ]);
  writeCacheText(path, JSON.stringify({ format: FORMAT, ...key, whole: listing.whole, objects: rows }));
}

function pathOf(directory: string, { store, host }: ListingKey): string {
  const digest = sha256(new TextEncoder().encode(JSON.stringify([store, host])));
  return `${directory}/listings/${digest.slice(0, 2)}/${digest}`;
}

function decoded(value: unknown, { store, host }: ListingKey): Listing | undefined {
  if (!isObject(value) || value.format !== FORMAT || value.store !== store || value.host !== host) {
    return undefined;
  }
  const { whole, objects: rows } = value;
  if (!isTime(whole) || !Array.isArray(rows) || rows.length > MAX_REMEMBERED) return undefined;
  const objects = rows.map((row) => objectOf(row, host));
  const sorted = objects.every((it, at) => at === 0 || compareUtf8(objects[at - 1]!.name, it.name) < 0);
  return sorted ? { whole, objects } : undefined;
}

/** @throws {TypeError} if it is no row of a listing. */
function objectOf(row: unknown, host: string): StoredObject {
  if (!Array.isArray(row) || row.length !== 5) throw new TypeError("no row");
  const [rest, size, storedAt, overwritten, hiddenAt] = row as unknown[];
  const name = `${host}/${rest}`;
  const isWellFormed = typeof rest === "string" && isName(name) && isCount(size) && isTime(storedAt) &&
    isCount(overwritten) && (hiddenAt === null || isTime(hiddenAt));
  if (!isWellFormed) throw new TypeError("no object");
  return {
    name,
    size,
    storedAt: new Date(storedAt),
    ...(overwritten > 0 && { overwritten }),
    ...(hiddenAt !== null && { hiddenAt: new Date(hiddenAt) }),
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether it is a time of a Date, in milliseconds. */
function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && Math.abs(value as number) <= 8.64e15;
}
