/** Simulated backup run over a simulated tree. */
import type { Catalog, RunTime } from "../../lib/catalog/catalog.ts";
import type { CatalogScan, TreeSummary } from "../../lib/catalog/scan.ts";
import { DAY_MS } from "../../lib/model/day.ts";
import { commitment, sha256 } from "../../lib/model/digest.ts";
import { decodeIndexLine, encodeIndexLine } from "../../lib/model/index.ts";
import { indexPartName, volumePartName } from "../../lib/model/name.ts";
import type { PartRecord, Receipt } from "../../lib/model/receipt.ts";
import { decodeReceipt, encodeReceipt } from "../../lib/model/receipt_text.ts";
import { newSnapshotId } from "../../lib/model/snapshot.ts";
import type { Retention } from "../../lib/model/retention.ts";
import { HOST, type MadeSnapshot, type MadeStore } from "./store.ts";
import { entryOf, type MadeTree, type Thing } from "./tree.ts";

/** End of a run. */
export type Ending =
  | "whole"
  | "lost answer"
  | "killed late"
  /** Number of volumes after which the run is killed, or another disk is mounted. */
  | { readonly volumes: number; readonly swap?: MadeStore };

/** Duration of a run. */
export const RUN_MS: number = 60 * 60 * 1000;

/** Host and stores of a simulated run. */
export interface Surroundings {
  /** The true time. */
  readonly now: number;
  readonly retention: Retention;
  readonly tree: MadeTree;
  /** Entries that the walk returns instead of those of the tree. */
  readonly things: readonly Thing[] | undefined;
  readonly stores: { readonly current: MadeStore };
  /** Stores a snapshot. `answered`: whether the host gets the answer. */
  receive(snapshot: MadeSnapshot, answered: boolean, receipts: string[]): void;
}

/** Maximum size of a volume. */
const VOLUME_BYTES = 4000;

/** Size of an entry in a volume, in addition to its content. */
const MEMBER_BYTES = 100;

/** Run over the tree. Many fields because it has the parts of a real run, which are separate classes in `lib/backup/`. */
export class SimulatedBackup {
  readonly #world: Surroundings;
  readonly #catalog: Catalog;
  readonly #time: RunTime;
  readonly #id: string;
  readonly #scan: CatalogScan<Thing>;
  readonly #things: readonly Thing[];
  readonly #index: string[] = [];
  readonly #volumes: { entries: number; plain: number; number: number; parts: PartRecord[] }[] = [];
  #receipt: Receipt | undefined;
  #entries = 0;
  #bytes = 0;
  sent = 0;
  refreshed = 0;

  constructor(world: Surroundings, catalog: Catalog, time: RunTime, full: boolean) {
    this.#world = world;
    this.#catalog = catalog;
    this.#time = time;
    this.#things = world.things ?? world.tree.walk();
    this.#id = newSnapshotId(new Date(catalog.claimedTime(time)));
    this.#scan = catalog.scan<Thing>(
      {
        snapshot: this.#id,
        compression: "none",
        trust: () => ({ inode: true, ctime: true }),
        attributes: false,
        clock: () => time.host,
      },
      time,
      full,
    );
  }

  /**
   * Sends what has to be; false where the run broke off.
   *
   * @param most after so many volumes, at the latest after all of them, `interrupt` says whether it goes on.
   */
  send(most: number, interrupt: () => boolean): boolean {
    let batch: Thing[] = [];
    let size = 0;
    let left = most;
    const flush = (): boolean => {
      if (left === 0 && !interrupt()) return false;
      left -= 1;
      if (batch.length > 0) this.#volume(batch, size);
      [batch, size] = [[], 0];
      return true;
    };
    for (const thing of this.#scan.changes(this.#things)) {
      if (thing === undefined) continue;
      batch.push(thing);
      size += thing.size + MEMBER_BYTES;
      if (size >= VOLUME_BYTES && !flush()) return false;
    }
    if (!flush() || (left >= 0 && left < Infinity && !interrupt())) return false;
    this.#index.push(...this.#scan.rest(this.#volumes.length));
    this.sent += this.#index.length;
    this.#world.stores.current.keepIndex(this.#id, this.#indexPart);
    return true;
  }

  /** Returns the content of the receipt. */
  get receipt(): Receipt {
    return this.#receipt ??= this.#receiptOf(this.#scan.summary(this.#volumes.length));
  }

  get #indexPart(): PartRecord {
    const digest = sha256(new TextEncoder().encode(`${this.#id} index`));
    return { name: indexPartName(0, digest, "none"), size: 100, sha256: digest };
  }

  holds(): boolean {
    return this.#scan.holds(new Date(this.#world.now));
  }

  conclude(ending: Ending, receipts: string[]): void {
    const world = this.#world;
    const receipt = encodeReceipt(this.receipt);
    const link = commitment(sha256(new TextEncoder().encode(receipt)));
    world.receive(
      {
        id: this.#id,
        taken: world.now,
        until: world.now + world.retention.days * DAY_MS,
        receipt: decodeReceipt(receipt),
        commitment: link,
        index: this.#index.map((line) => decodeIndexLine(line.slice(0, -1))),
        tree: this.#things,
      },
      ending !== "lost answer" && ending !== "killed late",
      receipts,
    );
    if (ending === "lost answer") return;
    const time = { host: this.#time.host + RUN_MS, store: world.now };
    this.#catalog.conclude(this.#scan, this.#volumes.length, link, this.#time.host, time);
  }

  #volume(things: readonly Thing[], size: number): void {
    const number = this.#volumes.length + 1;
    const digest = sha256(new TextEncoder().encode(`${this.#id} ${number}`));
    const part = { name: volumePartName(number, 0, digest, "none"), size, sha256: digest };
    const members = things.map((thing) => ({ entry: entryOf(thing), content: thing.content }));
    this.#world.stores.current.keep(this.#id, number, {
      taken: this.#world.now,
      size,
      members,
      part,
      commitment: commitment(digest),
    });
    const lines = members.map(({ entry }) => encodeIndexLine(number, entry));
    this.#scan.stored({
      number,
      plain: size,
      parts: [part],
      taken: new Date(this.#world.now),
      entries: things.length,
      members: things.map((walked) => ({ walked, archived: walked })),
      lines: new TextEncoder().encode(lines.join("")),
    });
    this.#index.push(...lines);
    this.#volumes.push({ number, entries: members.length, plain: size, parts: [part] });
    this.#entries += members.length;
    this.#bytes += things.reduce((sum, it) => sum + it.size, 0);
    this.sent += size;
    this.refreshed += things.filter((it) => it.ctime < this.#time.host - DAY_MS * 1.5).reduce(
      (sum, it) => sum + it.size,
      0,
    );
  }

  #receiptOf({ entries, bytes, gone, adopted, needs }: TreeSummary): Receipt {
    return {
      format: "nightdrop-receipt/1",
      program: "simulation",
      host: HOST,
      snapshot: this.#id,
      started: new Date(this.#time.host).toISOString(),
      finished: new Date(this.#time.host).toISOString(),
      signer: { fingerprint: "a".repeat(40), key: "AAAA" },
      recipients: ["b".repeat(40)],
      compression: "none",
      previous: null,
      attempted: [],
      entries,
      bytes,
      sent: { entries: this.#entries, bytes: this.#bytes },
      unread: 0,
      volumes: this.#volumes,
      adopted,
      index: {
        entries: this.#entries + adopted.reduce((sum, it) => sum + it.entries, 0),
        gone,
        plain: 100,
        parts: [this.#indexPart],
      },
      needs,
    };
  }
}
