import { createHash } from "node:crypto";
import * as v from "valibot";
import { exists } from "../disk/exists.ts";
import { Failure, reason } from "../model/failure.ts";
import type { ReceiptLink } from "../model/receipt.ts";
import { shellWord } from "../model/shell.ts";
import { type Chain, ChainFile, readChain } from "./chain.ts";
import { removeDatabase } from "./database.ts";
import { writeDurably, writeHint } from "./durable.ts";
import { readStateFile } from "./state_file.ts";

/** Store as the host's configs name it. */
export interface NamedStore {
  /** Identity, which distinguishes it from every other store. */
  readonly identity: string;
  /** Location: a path, or `s3://bucket/prefix`. */
  readonly place: string;
}

/** State of a host for one store. */
export interface KnownStore {
  /** Directory of `chain.json` and the catalog. */
  readonly directory: string;
  readonly chain: Chain;
}

/**
 * State of a host for one store, for the holder of the host's lock. The space for the files that are written
 * at the end is reserved, so that no run sends everything and then fails because the disk is full.
 */
export interface StoreState extends KnownStore, Disposable {
  /** Records a receipt before it is sent. */
  attempt(link: ReceiptLink): void;
  /** Records a receipt after it was stored. */
  confirm(link: ReceiptLink): void;
}

/**
 * Maximum number of stores that a host remembers. For a forgotten store, it sends everything and begins a new
 * chain.
 */
export const MAX_STORES = 64;

const record = v.strictObject({ identity: v.string(), place: v.string(), used: v.string() });

/** The last use of a store, in `store.json`. */
type StoreRecord = v.InferOutput<typeof record>;

/**
 * Opens the state of a host for one store. Its directory is created if it is missing. Beyond {@link
 * MAX_STORES}, the least recently used one is removed.
 *
 * @param directory State directory of the host, whose lock must be held.
 * @throws {Failure} if the directory cannot be used.
 */
export function openStore(directory: string, store: NamedStore, now: Date): StoreState {
  const own = directoryOf(directory, store.identity);
  makeDirectory(own);
  const used: StoreRecord = { identity: store.identity, place: store.place, used: now.toISOString() };
  writeDurably(recordOf(own), JSON.stringify(used) + "\n");
  forgetOldest(directory, own);
  const known = readStore(directory, store.identity);
  const chain = new ChainFile(chainOf(own), known.chain);
  return {
    ...known,
    attempt: (link) => chain.attempt(link),
    confirm: (link) => chain.confirm(link),
    [Symbol.dispose]: () => chain[Symbol.dispose](),
  };
}

/**
 * Reads the state of a host for one store. Nothing is changed.
 *
 * @throws {Failure} if it is unreadable or malformed.
 */
export function readStore(directory: string, identity: string): KnownStore {
  const own = directoryOf(directory, identity);
  return { directory: own, chain: readChain(chainOf(own)) };
}

/** Returns the stores that the host has used. A damaged record is left out: the next use writes it again. */
export function knownStores(directory: string): NamedStore[] {
  return records(directory).map(([, { identity, place }]) => ({ identity, place }));
}

/**
 * Removes the catalog and the chain that earlier versions kept in a state directory for any store. It is
 * unknown which store they belong to.
 *
 * @returns Whether there was anything to remove.
 */
export function removeFormerState(directory: string): boolean {
  const former = [`${directory}/catalog.sqlite`, `${directory}/chain.json`].filter(exists);
  for (const file of former) removeDatabase(file);
  return former.length > 0;
}

function records(directory: string): [directory: string, StoreRecord][] {
  return directories(`${directory}/stores`).flatMap((own) => {
    const read = readRecord(recordOf(own));
    return read === undefined ? [] : [[own, read] as [string, StoreRecord]];
  });
}

function directories(directory: string): string[] {
  try {
    return [...Deno.readDirSync(directory)].filter((it) => it.isDirectory).map(({ name }) =>
      `${directory}/${name}`
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw new Failure(`Cannot read "${directory}": ${reason(error)}`, {
      hint: `Remove it: \`rm -rf ${
        shellWord(directory)
      }\`. The next backup then sends everything and begins a new chain`,
      cause: error,
    });
  }
}

/** Maximum size of a record in bytes: identity and place consist of an endpoint, a bucket and a path. */
const MAX_RECORD_BYTES = 64 * 1024;

function readRecord(file: string): StoreRecord | undefined {
  try {
    const text = readStateFile(file, { maxBytes: MAX_RECORD_BYTES, remedy: "" });
    return v.parse(record, JSON.parse(text ?? ""));
  } catch {
    return undefined;
  }
}

function forgetOldest(directory: string, own: string): void {
  const others = directories(`${directory}/stores`).filter((it) => it !== own);
  const used = new Map(records(directory).map(([directory, { used }]) => [directory, used]));
  const oldestFirst = others.sort((a, b) => (used.get(a) ?? "") < (used.get(b) ?? "") ? -1 : 1);
  for (const it of oldestFirst.slice(0, -(MAX_STORES - 1))) Deno.removeSync(it, { recursive: true });
}

function makeDirectory(own: string): void {
  try {
    Deno.mkdirSync(own, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Failure(`Cannot make the state directory "${own}": ${reason(error)}`, {
      hint: writeHint(error, own.slice(0, own.lastIndexOf("/"))),
      cause: error,
    });
  }
}

/**
 * Returns the directory of a store. Its name is a digest, because an identity may contain a path or a name of
 * any length.
 */
function directoryOf(directory: string, identity: string): string {
  return `${directory}/stores/${createHash("sha256").update(identity).digest("hex").slice(0, 32)}`;
}

function chainOf(own: string): string {
  return `${own}/chain.json`;
}

function recordOf(own: string): string {
  return `${own}/store.json`;
}
