import type { Run } from "../app/events.ts";
import type { Host } from "../config/types.ts";
import { createHash } from "node:crypto";
import { DAY_MS } from "../model/day.ts";
import { Damage, withHint } from "../model/failure.ts";
import { DATES_OF_A_RECORD, encodeMirrorRecord, mirrorRecordName } from "../model/mirror_record.ts";
import { objectKey, parseObjectName } from "../model/name.ts";
import { printable } from "../model/printable.ts";
import { formatNumber } from "../model/format.ts";
import { snapshotTime } from "../model/snapshot.ts";
import type { Signer } from "../seal/signer.ts";
import { storedDirectories, type StoredDirectory } from "../snapshots/directories.ts";
import { type Flood, NotRead } from "../snapshots/flood.ts";
import { PassedOver } from "../snapshots/passed_over.ts";
import { boundedReading } from "../snapshots/receipts_ahead.ts";
import { type StoredObject, StoreError, type StoreReader, type StoreWriter } from "../store/contract.ts";
import { inOrder } from "../workers/in_order.ts";
import { COPIES_AT_ONCE, putNew, verifiedBytes } from "./copy_object.ts";
import type { CopiedDirectory, MirrorProgress } from "./mirror_progress.ts";

/** Object of the store that could not be copied, or that is there no longer. */
export interface MirrorProblem {
  /** `damage`: missing or changed. `unreadable`: the store does not give it. */
  readonly kind: "damage" | "unreadable";
  readonly snapshot: string;
  readonly what: string;
}

/** Result of a mirroring. */
export interface MirrorResult {
  /** Number of directories, and of those in which nothing was new. */
  readonly snapshots: number;
  readonly unchanged: number;
  /** Number and size of the objects that were copied. */
  readonly copied: number;
  readonly bytes: number;
  /** Number of objects that the mirror had. */
  readonly existed: number;
  readonly damages: number;
  readonly unreadable: number;
  /** Number of objects with names that are not those of nightdrop. They are not copied. */
  readonly foreign: number;
}

/** Writer of the copies, and signer of their dates. */
export interface MirrorTarget {
  readonly writer: StoreWriter;
  readonly signer: Signer;
  readonly progress: MirrorProgress;
}

/**
 * Copies everything that a store has of a host to a mirror, as it is: each object is held against the SHA-256 in its name,
 * and put create-only. Of a directory the receipts come last, after a record of the dates in the original store, signed by
 * the owner. What was copied is remembered, so an interrupted run continues. Nothing is ever removed from the mirror.
 *
 * If thousands of receipts are refused, the directories that are not read are not copied (see {@link Flood}).
 *
 * @param onProblem Called for each object that is damaged, cannot be read, or is missing though it was copied before.
 */
export async function mirror(
  host: Host,
  from: StoreReader,
  to: MirrorTarget,
  onProblem: (problem: MirrorProblem) => void,
  run: Run,
): Promise<MirrorResult> {
  const mirroring = new Mirroring(host, from, to, onProblem, run);
  const passedOver = new PassedOver();
  const { signal } = run;
  for await (const directory of storedDirectories(from, host, signal, { passedOver: passedOver.add })) {
    await mirroring.directory(directory);
  }
  mirroring.conclude(passedOver);
  return mirroring.result;
}

class Mirroring {
  readonly #host: Host;
  readonly #from: StoreReader;
  readonly #to: MirrorTarget;
  readonly #onProblem: (problem: MirrorProblem) => void;
  readonly #run: Run;
  readonly #flood: Flood;
  readonly #seen = new Set<string>();
  #unread = 0;
  readonly #sum = {
    snapshots: 0,
    unchanged: 0,
    copied: 0,
    bytes: 0,
    existed: 0,
    damages: 0,
    unreadable: 0,
    foreign: 0,
  };

  constructor(
    host: Host,
    from: StoreReader,
    to: MirrorTarget,
    onProblem: (problem: MirrorProblem) => void,
    run: Run,
  ) {
    this.#host = host;
    this.#from = from;
    this.#to = to;
    this.#onProblem = onProblem;
    this.#run = run;
    this.#flood = boundedReading(from, host, run);
  }

  /** Sums so far. */
  get result(): MirrorResult {
    return { ...this.#sum };
  }

  /** Copies what is new in a directory. */
  async directory(directory: StoredDirectory): Promise<void> {
    const { id } = directory;
    if (snapshotTime(id) === undefined) return void (this.#sum.foreign += 1);
    this.#seen.add(id);
    this.#sum.snapshots += 1;
    const before = this.#to.progress.of(id);
    const { digest, dates, foreign, names } = await listed(directory);
    this.#sum.foreign += foreign;
    const lost = this.#reportMissing(id, before, names);
    if (before.complete === digest && lost === 0) return void (this.#sum.unchanged += 1);
    if (await this.#flood.read(directory) instanceof NotRead) return void (this.#unread += 1);
    const problems = this.#sum.damages + this.#sum.unreadable;
    await this.#copyAll(directory, before, (kind) => kind !== "receipt");
    await this.#putDates(id, dates);
    await this.#copyAll(directory, before, (kind) => kind === "receipt");
    if (this.#sum.damages + this.#sum.unreadable === problems) this.#to.progress.complete(id, digest);
  }

  /** Reports directories that are there no longer, and what the list passed over. */
  conclude({ foreign, unreadable }: PassedOver): void {
    for (const id of this.#to.progress.ids()) {
      if (this.#seen.has(id) || unreadable.size > 0) continue;
      if (this.#isRetained(id)) this.#problem("damage", id, "It is missing here, though the mirror has it");
      else this.#to.progress.forget(id);
    }
    if (foreign !== undefined) this.#run.report({ event: "warning", text: foreign });
    this.#reportUnread();
    for (const [name, error] of unreadable) {
      this.#problem("unreadable", name.split("/")[1] ?? "", withHint(error));
    }
  }

  #reportUnread(): void {
    if (this.#unread === 0) return;
    this.#sum.unreadable += this.#unread;
    const directories = formatNumber(this.#unread, "directory was", "directories were");
    this.#run.report({ event: "warning", text: `${directories} not copied. ${withHint(new NotRead())}` });
  }

  /** Reports objects that were copied before and are not listed now. Returns their number. */
  #reportMissing(id: string, { names: copied }: CopiedDirectory, names: ReadonlySet<string>): number {
    if (!this.#isRetained(id)) return 0;
    const missing = [...copied].filter((name) => !names.has(name));
    for (const name of missing) {
      this.#problem("damage", id, `${name} is missing here, though the mirror has it`);
    }
    return missing.length;
  }

  async #copyAll(
    directory: StoredDirectory,
    before: CopiedDirectory,
    isWanted: (kind: "volume" | "index" | "receipt") => boolean,
  ): Promise<void> {
    const { id } = directory;
    const wanted = async function* (): AsyncGenerator<StoredObject> {
      for await (const object of directory.objects()) {
        const parsed = parseObjectName(object.name);
        if (parsed !== undefined && isWanted(parsed.kind) && !before.names.has(object.name)) yield object;
      }
    };
    for await (const _ of inOrder(wanted(), COPIES_AT_ONCE, (object) => this.#copy(id, object)));
  }

  async #copy(id: string, { name, size }: StoredObject): Promise<void> {
    const { sha256 } = parseObjectName(name)!;
    const object = { name: objectKey(this.#host.name, id, name), sha256, size };
    const { signal } = this.#run;
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = await verifiedBytes(this.#from, object, signal);
    } catch (error) {
      if (error instanceof Damage) return this.#problem("damage", id, error.message);
      if (error instanceof StoreError && error.ofOneObject) {
        return this.#problem("unreadable", id, withHint(error));
      }
      throw error;
    }
    const copied = await putNew(this.#to.writer, object.name, bytes, signal);
    this.#sum[copied === undefined ? "existed" : "copied"] += 1;
    this.#sum.bytes += copied ?? 0;
    this.#to.progress.add(id, name);
  }

  async #putDates(id: string, dates: readonly (readonly [string, number])[]): Promise<void> {
    const { signer, writer } = this.#to;
    const { fingerprint, publicKey } = signer;
    const { name: host } = this.#host;
    for (let at = 0; at < dates.length; at += DATES_OF_A_RECORD) {
      const some = dates.slice(at, at + DATES_OF_A_RECORD);
      const text = encodeMirrorRecord({
        host,
        snapshot: id,
        signer: { fingerprint, key: publicKey.toBase64() },
        dates: some,
      });
      const bytes = new TextEncoder().encode(await signer.sign(text, this.#run.now()));
      await putNew(writer, mirrorRecordName(host, id, bytes), bytes, this.#run.signal);
    }
  }

  /** Returns whether a snapshot should still be in the store, by the time in its id. */
  #isRetained(id: string): boolean {
    const time = snapshotTime(id)?.getTime();
    return time !== undefined && time + this.#host.retention.days * DAY_MS >= this.#run.now().getTime();
  }

  #problem(kind: MirrorProblem["kind"], snapshot: string, what: string): void {
    this.#sum[kind === "damage" ? "damages" : "unreadable"] += 1;
    this.#onProblem({ kind, snapshot: printable(snapshot), what });
  }
}

/** Returns what a listing says of the objects of a directory. */
async function listed(directory: StoredDirectory): Promise<{
  readonly digest: string;
  readonly dates: readonly (readonly [string, number])[];
  readonly names: ReadonlySet<string>;
  readonly foreign: number;
}> {
  const hash = createHash("sha256");
  const dates: [string, number][] = [];
  let foreign = 0;
  for await (const { name, size, storedAt } of directory.objects()) {
    if (parseObjectName(name) === undefined) foreign += 1;
    else {
      hash.update(`${name} ${size}\n`);
      dates.push([name, Math.max(0, storedAt.getTime())]);
    }
  }
  return { digest: hash.digest("hex"), dates, names: new Set(dates.map(([name]) => name)), foreign };
}
