import { Damage, type Failure } from "../model/failure.ts";
import { snapshotTime } from "../model/snapshot.ts";
import { StoreError } from "../store/contract.ts";
import type { StoredDirectory } from "./directories.ts";
import { smallAhead } from "./small_ahead.ts";
import { RefusedBefore, type Snapshot } from "./snapshots.ts";

/** Refused receipts of a host after which no more are read in the order of their names. */
const MAX_REFUSED = 2000;

/** Refused receipts after which no more are read from the oldest on, and from the newest on. */
const MAX_AT_END = 1000;

/** Directories that are kept at each end. */
const MAX_KEPT = 20_000;

/** Receipts of a directory that are kept at an end. */
const MAX_RECEIPTS = 10;

/** Part of a directory that is needed to read its snapshot. */
export type Receipts = Pick<StoredDirectory, "id" | "receipts">;

/** Reads a directory. */
type Read = (directory: Receipts) => Promise<Snapshot | Failure>;

/**
 * Bound of the receipts that are read of a host if an intruder has put thousands that are refused. From then on only those are read
 * that the store received before the flood or after it: from the oldest on, and from the newest on, each until a number of receipts
 * is refused. So snapshots from before the intruder came are read, and those from after he was locked out, whatever names he chose.
 */
export class Flood {
  readonly #read: Read;
  readonly #all: () => AsyncIterable<StoredDirectory>;
  readonly #onFlood: () => void;
  #refused = 0;
  /** Refusals of the search from both ends, by the ids of the directories. */
  readonly #known = new Map<string, Failure>();
  #unread: Promise<Span> | undefined;
  /** Made once: an error takes longer to make than a directory to list. */
  readonly #notRead = new NotRead();

  /**
   * @param read Reads a directory without a bound.
   * @param all Lists all directories of the host.
   * @param onFlood Called when the bound is reached.
   */
  constructor(read: Read, all: () => AsyncIterable<StoredDirectory>, onFlood: () => void) {
    this.#read = read;
    this.#all = all;
    this.#onFlood = onFlood;
  }

  /** Reads a directory, unless it is in the flood. */
  async read(directory: StoredDirectory): Promise<Snapshot | Failure> {
    const unread = await this.#unread;
    if (snapshotTime(directory.id) === undefined) return await this.#read(directory);
    const known = this.#known.get(directory.id);
    if (known !== undefined) return known;
    if (unread !== undefined && isWithin(directory, unread)) return this.#notRead;
    const snapshot = await this.#read(directory);
    if (isRefused(snapshot) && unread === undefined) {
      this.#refused += directory.receipts.length;
      if (this.#refused >= MAX_REFUSED) await (this.#unread ??= this.#search());
    }
    return snapshot;
  }

  /** Searches from both ends, and returns the time in which nothing more is read. */
  async #search(): Promise<Span> {
    this.#onFlood();
    const [oldest, newest] = [new End(1), new End(-1)];
    for await (const directory of this.#all()) {
      oldest.add(directory);
      newest.add(directory);
    }
    return { from: await this.#until(oldest.directories), to: await this.#until(newest.directories) };
  }

  /** Reads directories until many are refused, and returns the time of the last one. */
  async #until(directories: readonly Receipts[]): Promise<number | undefined> {
    let refused = 0;
    let time: number | undefined;
    const read = async (directory: Receipts): Promise<readonly [Receipts, Snapshot | Failure]> => [
      directory,
      this.#known.get(directory.id) ?? await this.#read(directory),
    ];
    for await (const [directory, snapshot] of smallAhead(directories, largestReceipt, read)) {
      time = timeOf(directory);
      if (!isRefused(snapshot)) continue;
      this.#known.set(directory.id, snapshot);
      refused += directory.receipts.length;
      if (refused >= MAX_AT_END) break;
    }
    return time;
  }
}

/** Whether receipts were fetched and refused. */
function isRefused(snapshot: Snapshot | Failure): snapshot is Damage {
  return snapshot instanceof Damage && !(snapshot instanceof RefusedBefore);
}

/** Size of the largest receipt of a directory in bytes. */
export function largestReceipt({ receipts }: Receipts): number {
  return receipts.reduce((most, { size }) => Math.max(most, size), 0);
}

/** Time between two others, in milliseconds. */
interface Span {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

function isWithin(directory: Receipts, { from = 0, to = Infinity }: Span): boolean {
  const time = timeOf(directory);
  return time !== undefined && time > from && time < to;
}

/** Returns when the store received the first receipt of a directory. */
function timeOf({ receipts: [first] }: Receipts): number | undefined {
  return first?.storedAt.getTime();
}

/** Error of a directory that the bound leaves out: nothing is known of its snapshot. */
export class NotRead extends StoreError {
  constructor() {
    const message = "Not read: the store received it among thousands of receipts that were refused";
    super("failed", message, { scope: "object", hint: "Run the command again to read more" });
  }
}

/** Directories with the earliest receipts, or with the latest. */
class End {
  readonly #sign: 1 | -1;
  #all: Receipts[] = [];

  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  add({ id, receipts }: StoredDirectory): void {
    if (receipts.length === 0 || snapshotTime(id) === undefined) return;
    if (this.#all.push({ id, receipts: receipts.slice(0, MAX_RECEIPTS) }) === 2 * MAX_KEPT) this.#cut();
  }

  /** The directories, from the end on. */
  get directories(): readonly Receipts[] {
    this.#cut();
    return this.#all;
  }

  #cut(): void {
    this.#all.sort((a, b) => this.#sign * (timeOf(a)! - timeOf(b)!)).splice(MAX_KEPT);
  }
}
