import { DAY_MS } from "../../model/day.ts";
import { parseObjectName } from "../../model/name.ts";
import { snapshotTime } from "../../model/snapshot.ts";
import { compareUtf8 } from "../../model/utf8_order.ts";
import type { Abortable, GetOptions, ListOptions, StoredObject, StoreReader } from "../contract.ts";
import { type Listing, type ListingKey, MAX_REMEMBERED, readListing, writeListing } from "./listing_file.ts";
import { isWholeDue } from "./whole_day.ts";

/** A directory without a receipt may still get one until nothing was stored in it for this time. */
const SETTLED_AFTER_MS = 2 * DAY_MS;

/** Options of {@linkcode RememberingReader}. */
export interface RememberingOptions {
  /** Directory in which listings are remembered. */
  readonly directory: string;
  readonly key: ListingKey;
  /** Returns the current time. */
  readonly now: () => Date;
}

/**
 * Reader that remembers what the store had of one host, and asks it for what follows. On one day of seven it asks for all. So
 * what becomes missing, hidden or overwritten between is seen within seven days; call `forget` to see it now.
 */
export class RememberingReader implements StoreReader {
  readonly place: string;
  readonly #reader: StoreReader;
  readonly #options: RememberingOptions;
  #remembered: Listing | undefined;
  /** The list of this host, once it is complete. */
  #listed: readonly StoredObject[] | undefined;
  #partial = false;

  constructor(reader: StoreReader, options: RememberingOptions) {
    const { directory, key, now } = options;
    this.place = reader.place;
    this.#reader = reader;
    this.#options = options;
    const remembered = readListing(directory, key);
    if (remembered !== undefined && !isWholeDue(key.host, remembered.whole, now().getTime())) {
      this.#remembered = remembered;
    }
  }

  get known(): StoreReader["known"] {
    return this.#reader.known;
  }

  get refusals(): StoreReader["refusals"] {
    return this.#reader.refusals;
  }

  /** Whether the last list was partly remembered. */
  get isPartial(): boolean {
    return this.#partial;
  }

  /** Lists everything from now on. */
  forget(): void {
    this.#remembered = undefined;
    this.#listed = undefined;
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<StoredObject> {
    const { host } = this.#options.key;
    if (prefix === `${host}/` && options.after === undefined) yield* this.#listHost(prefix, options);
    else if (this.#listed !== undefined && prefix.startsWith(`${host}/`)) {
      yield* within(this.#listed, prefix, options.after);
    } else yield* this.#reader.list(prefix, options);
  }

  get(name: string, options: GetOptions): Promise<Uint8Array<ArrayBuffer>> {
    return this.#reader.get(name, options);
  }

  directories(options?: Abortable): AsyncIterable<string> {
    return this.#reader.directories(options);
  }

  expiry(options?: Abortable): Promise<number> {
    return this.#reader.expiry(options);
  }

  close(): void {
    this.#reader.close();
  }

  async *#listHost(prefix: string, options: ListOptions): AsyncGenerator<StoredObject> {
    const { directory, key, now } = this.#options;
    const started = now().getTime();
    const known = settled(this.#remembered?.objects ?? [], started);
    const objects: StoredObject[] | undefined = [...known];
    this.#partial = known.length > 0;
    yield* known;
    let isExact = true;
    const passedOver = options.passedOver && ((...what: Parameters<typeof options.passedOver>): void => {
      isExact = false;
      options.passedOver!(...what);
    });
    const after = known.at(-1)?.name;
    for await (const object of this.#reader.list(prefix, { ...options, passedOver, after })) {
      if (objects.length <= MAX_REMEMBERED) objects.push(object);
      yield object;
    }
    // What was passed over is not remembered, so it must be seen again.
    const isKept = isExact && objects.length <= MAX_REMEMBERED;
    const whole = this.#partial ? this.#remembered!.whole : started;
    this.#listed = isKept ? objects : undefined;
    writeListing(directory, key, isKept ? { whole, objects } : undefined);
  }
}

function* within(
  objects: readonly StoredObject[],
  prefix: string,
  after: string | undefined,
): Generator<StoredObject> {
  for (const object of objects) {
    if (object.name.startsWith(prefix) && (after === undefined || compareUtf8(object.name, after) > 0)) {
      yield object;
    }
  }
}

/**
 * Returns the objects of the directories, from the first one on, in which nothing is expected to change: each is that of a
 * snapshot with a receipt, or nothing was stored in it for days. A name that is no snapshot's, or one of the future, ends them:
 * the next snapshot may come before it.
 */
function settled(objects: readonly StoredObject[], now: number): readonly StoredObject[] {
  let end = 0;
  for (let at = 0; at < objects.length;) {
    const [host, id = ""] = objects[at]!.name.split("/");
    const directory = `${host}/${id}/`;
    let [isSettled, latest, next] = [false, 0, at];
    for (; objects[next]?.name.startsWith(directory); next++) {
      const { name, storedAt } = objects[next]!;
      isSettled ||= parseObjectName(name.slice(directory.length))?.kind === "receipt";
      latest = Math.max(latest, storedAt.getTime());
    }
    const time = snapshotTime(id)?.getTime() ?? Infinity;
    if (next === at || time > now || !(isSettled || now - latest > SETTLED_AFTER_MS)) break;
    end = at = next;
  }
  return objects.slice(0, end);
}
