import type { Run } from "../app/events.ts";
import type { Host } from "../config/types.ts";
import { DAY_MS } from "../model/day.ts";
import { objectKey, parseObjectName } from "../model/name.ts";
import { expiryDays } from "../model/retention.ts";
import { storedDirectories, type StoredDirectory } from "../snapshots/directories.ts";
import { PassedOver } from "../snapshots/passed_over.ts";
import type { StoredObject, StoreReader, StoreRemover } from "../store/contract.ts";
import { type DirectoryKind, ExpirySurvey } from "./expiry_survey.ts";

/** Objects of one directory that expire. */
export interface Expired {
  /** Name of the directory, which is the id of a snapshot. */
  readonly id: string;
  readonly kind: DirectoryKind;
  readonly objects: number;
  readonly bytes: number;
}

/** Sum of what expired. */
export interface ExpiryResult {
  readonly snapshots: number;
  readonly objects: number;
  readonly bytes: number;
  /** Number of snapshots with a good receipt that stay. */
  readonly kept: number;
  /** Number of directories that stay because their receipts were not read: thousands of others are refused. */
  readonly unread: number;
  /** Number of objects whose names are not those of nightdrop. They are never removed. */
  readonly foreign: number;
}

/** Objects that are removed by one call. */
const BATCH = 500;

/**
 * Removes what the expiry of a bucket would have removed by now: objects older than the days of retention, refresh and the
 * run together. Nothing that a restore of a snapshot within its retention reads is removed, however old it is, and a snapshot
 * is removed as a whole, its receipt first: if the removal is interrupted, the rest is that of a run that broke off, and the
 * next call removes it.
 *
 * If thousands of receipts are refused, not all are read. The directories that are left out stay. What only
 * they need goes with its age, as in a bucket: a host that re-sends in time needs nothing so old.
 *
 * @param remover Removes the objects; undefined to find out only.
 * @param onExpired Called for each directory with objects that expire.
 * @throws {Failure} if it cannot be known what is needed, or no snapshot would be left.
 */
export async function expire(
  host: Host,
  reader: StoreReader,
  remover: StoreRemover | undefined,
  onExpired: (expired: Expired) => void,
  run: Run,
): Promise<ExpiryResult> {
  const survey = await ExpirySurvey.of(host, reader, run);
  const expiry = new Expiry(host, survey, remover, run);
  const passedOver = new PassedOver();
  for await (
    const directory of storedDirectories(reader, host, run.signal, { passedOver: passedOver.add })
  ) {
    const expired = await expiry.directory(directory);
    if (expired !== undefined && expired.objects > 0) onExpired(expired);
  }
  if (passedOver.foreign !== undefined) run.report({ event: "warning", text: passedOver.foreign });
  return expiry.result;
}

class Expiry {
  readonly #host: Host;
  readonly #survey: ExpirySurvey;
  readonly #remover: StoreRemover | undefined;
  readonly #signal: AbortSignal;
  readonly #before: number;
  readonly #sum = { snapshots: 0, objects: 0, bytes: 0, foreign: 0 };

  constructor(host: Host, survey: ExpirySurvey, remover: StoreRemover | undefined, run: Run) {
    this.#host = host;
    this.#survey = survey;
    this.#remover = remover;
    this.#signal = run.signal;
    this.#before = run.now().getTime() - expiryDays(host.retention) * DAY_MS;
  }

  /** Sum of all directories so far. */
  get result(): ExpiryResult {
    const { snapshots, unread } = this.#survey;
    return { ...this.#sum, kept: snapshots - this.#sum.snapshots, unread };
  }

  /** Removes what expires in a directory; undefined if all of it stays. */
  async directory(directory: StoredDirectory): Promise<Expired | undefined> {
    const { id } = directory;
    const kind = this.#survey.kindOf(id);
    if (kind === undefined) this.#sum.foreign += await countOf(directory.objects());
    if (kind === undefined || this.#survey.isKept(id)) return undefined;
    const receipts = directory.receipts.filter((it) => this.#expires(id, it));
    await this.#remove(id, receipts);
    const found = { objects: receipts.length, bytes: bytesOf(receipts) };
    const removed = new Set(receipts.map(({ name }) => name));
    for await (const batch of batchesOf(directory.objects())) {
      const others = batch.filter((it) => !removed.has(it.name) && this.#expires(id, it));
      this.#sum.foreign += batch.filter(({ name }) => parseObjectName(name) === undefined).length;
      await this.#remove(id, others);
      found.objects += others.length;
      found.bytes += bytesOf(others);
    }
    if (kind === "snapshot" && found.objects > 0) this.#sum.snapshots += 1;
    this.#sum.objects += found.objects;
    this.#sum.bytes += found.bytes;
    return { id, kind, ...found };
  }

  #expires(id: string, object: StoredObject): boolean {
    return this.#survey.timeOf(id, object) <= this.#before && parseObjectName(object.name) !== undefined &&
      !this.#survey.isNeeded(id, object.name);
  }

  async #remove(id: string, objects: readonly StoredObject[]): Promise<void> {
    if (objects.length === 0) return;
    const names = objects.map(({ name }) => objectKey(this.#host.name, id, name));
    await this.#remover?.remove(names, { signal: this.#signal });
  }
}

function bytesOf(objects: readonly StoredObject[]): number {
  return objects.reduce((sum, { size }) => sum + size, 0);
}

async function countOf(objects: AsyncIterable<StoredObject>): Promise<number> {
  let count = 0;
  for await (const _ of objects) count += 1;
  return count;
}

async function* batchesOf(objects: AsyncIterable<StoredObject>): AsyncGenerator<StoredObject[]> {
  let batch: StoredObject[] = [];
  for await (const object of objects) {
    if (batch.push(object) < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}
