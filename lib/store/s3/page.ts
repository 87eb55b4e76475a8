/** Functions that all lists of a bucket use. */
import { type Abortable, type ListOptions, StoreError } from "../contract.ts";
import { s3Error, type S3Operation } from "./errors.ts";
import type { S3Place } from "./options.ts";
import { within } from "./within.ts";

/** Options of a list that is requested page by page. */
export interface PagedOptions extends ListOptions {
  /** Time limit of a page in milliseconds. */
  readonly idle: number;
  /** Number of objects in one page. Default: that of the server, 1,000. */
  readonly pageSize?: number | undefined;
}

/** Requests one page. */
export async function askPage<Page>(
  at: S3Place,
  operation: S3Operation,
  { idle, signal }: Abortable & { readonly idle: number },
  send: (abortSignal: AbortSignal) => Promise<Page>,
): Promise<Page> {
  signal?.throwIfAborted();
  try {
    return await within(idle, signal, send);
  } catch (error) {
    signal?.throwIfAborted();
    throw s3Error(error, at, operation);
  }
}

/** Entry of a list, as the server sent it. */
interface Entry {
  readonly Key?: string | undefined;
  readonly LastModified?: Date | undefined;
}

/** Returns the name and the time of an entry. */
export function nameAndTime({ Key, LastModified }: Entry, at: S3Place): { name: string; time: Date } {
  const key = decodeKey(Key ?? "");
  if (key === undefined || !key.startsWith(at.directory) || LastModified === undefined) {
    throw notWellFormed(at);
  }
  return { name: key.slice(at.directory.length), time: LastModified };
}

/**
 * Returns the size of an entry. The SDK converts it with `Number`, which accepts any number and an empty text.
 *
 * @throws {StoreError} if it is no size.
 */
export function sizeOf(size: number | undefined, at: S3Place): number {
  if (size === undefined || !Number.isSafeInteger(size) || size < 0) throw notWellFormed(at);
  return size;
}

/** Undoes the URL encoding of a list, in which a space is `+` (Amazon) or `%20` (others). */
export function decodeKey(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/** Returns the error for an entry that lacks a required property. */
export function notWellFormed(at: S3Place): StoreError {
  return unreliable(at, "is not well formed");
}

/**
 * Returns the error for a list that must not be used. A list decides what a backup is believed to contain, so
 * a list that is truncated or out of order is refused.
 */
export function unreliable(at: S3Place, fault: string): StoreError {
  return new StoreError("failed", `${at.label}: the list of objects ${fault}`, {
    hint: "The list cannot be used. Report it to the maker of the server",
  });
}

/** Maximum number of empty pages in a row. A server may have nothing to show for a while, but not for ever. */
const MAX_EMPTY = 100;

/** Counts the pages of a list that are empty. */
export class EmptyPages {
  readonly #at: S3Place;
  #inARow = 0;

  constructor(at: S3Place) {
    this.#at = at;
  }

  /**
   * Counts a page with this number of entries.
   *
   * @throws {StoreError} if too many are empty.
   */
  count(entries: number): void {
    this.#inARow = entries === 0 ? this.#inARow + 1 : 0;
    if (this.#inARow > MAX_EMPTY) {
      throw unreliable(this.#at, `goes on without an entry for ${MAX_EMPTY} pages`);
    }
  }
}
