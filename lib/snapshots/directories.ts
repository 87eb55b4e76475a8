import type { Host } from "../config/types.ts";
import { DAY_MS } from "../model/day.ts";
import { objectKey, parseObjectName } from "../model/name.ts";
import type { ListOptions, StoredObject, StoreReader } from "../store/contract.ts";
import { expiryDays } from "../model/retention.ts";

/**
 * Maximum number of objects of one directory that are kept in memory. For a directory with more, the list is
 * read again when it is needed.
 */
const MAX_KEPT = 2000;

/** Maximum number of receipts of one directory that are read: those that the store received first. */
const MAX_RECEIPTS = 2000;

/** Number of objects with a property, and the first of them by name. */
export interface Sample {
  readonly count: number;
  readonly first: string;
}

/** Directory of a snapshot as the store lists it. Names are those within the directory. */
export interface StoredDirectory {
  /** Name in place of a snapshot id. Only a receipt confirms it. */
  readonly id: string;
  /** Objects with names of receipts, in the order in which the store received them. */
  readonly receipts: readonly StoredObject[];
  /** Whether there is an index, which is stored just before the receipt. */
  readonly hasIndex: boolean;
  /** Time at which the store received the last of its objects. */
  readonly latest: Date;
  /** Objects that were overwritten with other content. */
  readonly overwritten: Sample | undefined;
  /** Objects that the store hides before they expire. */
  readonly hidden: Sample | undefined;
  /** Yields all of its objects, in the order of their names. */
  objects(): AsyncIterable<StoredObject>;
}

/** Options of {@linkcode storedDirectories}. */
export interface DirectoryOptions extends Pick<ListOptions, "passedOver"> {
  /** Prefix of the names of the directories. Default: all. */
  readonly under?: string;
}

/**
 * Yields the directories of a host in the store, in the order of their names. An expiry hides an object
 * before it removes it: objects that are hidden after their last day have expired and are left out.
 *
 * An intruder who can put objects can put a million: memory is limited for each directory.
 */
export async function* storedDirectories(
  reader: StoreReader,
  host: Host,
  signal: AbortSignal,
  { under = "", passedOver }: DirectoryOptions = {},
): AsyncGenerator<StoredDirectory> {
  let directory: Listing | undefined;
  for await (const object of reader.list(`${host.name}/${under}`, { signal, passedOver })) {
    if (hasExpired(object, host)) continue;
    const [, id = "", ...rest] = object.name.split("/");
    if (directory?.id !== id) {
      if (directory) yield directory.result();
      directory = new Listing(id, () => objectsOf(reader, host, id, signal));
    }
    directory.add({ ...object, name: rest.join("/") });
  }
  if (directory) yield directory.result();
}

async function* objectsOf(
  reader: StoreReader,
  host: Host,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<StoredObject> {
  const prefix = objectKey(host.name, id, "");
  for await (const object of reader.list(prefix, { signal })) {
    if (!hasExpired(object, host)) yield { ...object, name: object.name.slice(prefix.length) };
  }
}

function hasExpired({ storedAt, hiddenAt }: StoredObject, { retention }: Host): boolean {
  return hiddenAt !== undefined && hiddenAt.getTime() - storedAt.getTime() >= expiryDays(retention) * DAY_MS;
}

/** Directory while it is listed. */
class Listing {
  readonly id: string;
  readonly #again: () => AsyncIterable<StoredObject>;
  /** Objects of the directory; undefined if there are too many. */
  #objects: StoredObject[] | undefined = [];
  #receipts: StoredObject[] = [];
  #hasIndex = false;
  #latest = new Date(0);
  #overwritten: Sample | undefined;
  #hidden: Sample | undefined;

  constructor(id: string, again: () => AsyncIterable<StoredObject>) {
    this.id = id;
    this.#again = again;
  }

  add(object: StoredObject): void {
    if (this.#objects?.push(object) === MAX_KEPT) this.#objects = undefined;
    const kind = parseObjectName(object.name)?.kind;
    if (kind === "index") this.#hasIndex = true;
    if (kind === "receipt" && this.#receipts.push(object) === 2 * MAX_RECEIPTS) {
      this.#receipts = firstTaken(this.#receipts);
    }
    if (object.storedAt > this.#latest) this.#latest = object.storedAt;
    if (object.overwritten !== undefined) this.#overwritten = counted(this.#overwritten, object);
    if (object.hiddenAt !== undefined) this.#hidden = counted(this.#hidden, object);
  }

  result(): StoredDirectory {
    const objects = this.#objects;
    return {
      id: this.id,
      receipts: firstTaken(this.#receipts),
      hasIndex: this.#hasIndex,
      latest: this.#latest,
      overwritten: this.#overwritten,
      hidden: this.#hidden,
      objects: objects === undefined ? this.#again : () => given(objects),
    };
  }
}

async function* given(objects: readonly StoredObject[]): AsyncGenerator<StoredObject> {
  yield* objects;
}

function firstTaken(receipts: StoredObject[]): StoredObject[] {
  return receipts
    .sort((a, b) => a.storedAt.getTime() - b.storedAt.getTime() || (a.name < b.name ? -1 : 1))
    .slice(0, MAX_RECEIPTS);
}

function counted(sample: Sample | undefined, { name }: StoredObject): Sample {
  return { count: (sample?.count ?? 0) + 1, first: sample?.first ?? name };
}
