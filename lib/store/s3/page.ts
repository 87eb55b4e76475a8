/** What all lists of a bucket have in common. */
import { type Abortable, type ListOptions, StoreError } from "../contract.ts";
import { s3Error, type S3Operation } from "./errors.ts";
import type { S3Place } from "./options.ts";
import { within } from "./within.ts";

/** How a list is asked for. */
export interface PagedOptions extends ListOptions {
  /** Milliseconds that a page may take. */
  readonly idle: number;
  /** Objects in one request; the server's default is 1,000. */
  readonly pageSize?: number | undefined;
}

/** Asks for one page. */
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

/** An entry of a list as it comes. */
interface Entry {
  readonly Key?: string | undefined;
  readonly LastModified?: Date | undefined;
}

/** The name and the time of an entry. */
export function nameAndTime({ Key, LastModified }: Entry, at: S3Place): { name: string; time: Date } {
  const key = decodeKey(Key ?? "");
  if (key === undefined || !key.startsWith(at.directory) || LastModified === undefined) {
    throw notWellFormed(at);
  }
  return { name: key.slice(at.directory.length), time: LastModified };
}

/** Undoes the URL encoding of a listing, in which a space is `+` (Amazon) or `%20` (others). */
export function decodeKey(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/** For an entry without what every entry has. */
export function notWellFormed(at: S3Place): StoreError {
  return unreliable(at, "is not well formed");
}

/** A listing decides what a backup is believed to hold: one that is cut short, or out of order, is refused. */
export function unreliable(at: S3Place, fault: string): StoreError {
  return new StoreError("failed", `${at.label}: the list of objects ${fault}`, {
    hint: "The list cannot be used. Report it to the maker of the server",
  });
}
