/**
 * A host, its tree and its store, all made up, around the real catalog, receipts and rules of reading: no file is read, no
 * byte sealed, and years pass in seconds.
 */
import { Catalog, type RunTime, type Subject, type Terms } from "../../lib/catalog/catalog.ts";
import type { Pass, Standing } from "../../lib/catalog/pass.ts";
import { DAY } from "../../lib/catalog/refresh.ts";
import { commitment, sha256 } from "../../lib/model/digest.ts";
import { decodeIndexLine, encodeIndexLine } from "../../lib/model/index.ts";
import { indexPartName, volumePartName } from "../../lib/model/name.ts";
import type { PartRecord, Receipt } from "../../lib/model/receipt.ts";
import { decodeReceipt, encodeReceipt } from "../../lib/model/receipt_text.ts";
import { newSnapshotId } from "../../lib/model/snapshot.ts";
import { expiryDays, type Retention } from "../../lib/store/vault/description.ts";
import { type MadeSnapshot, MadeStore } from "./store.ts";
import { entryOf, MadeTree, type Thing } from "./tree.ts";

/** How a run ends. */
export type Ending = "whole" | "lost answer" | "killed late" | { readonly volumes: number };

/** What a run has done. */
export interface Done {
  /** Bytes sent: volumes and index. */
  readonly sent: number;
  /** Bytes that it sent anew although they had not changed. */
  readonly refreshed: number;
  readonly passes: number;
}

/** The most that is in one volume. */
const VOLUME_BYTES = 4000;

/** What an entry takes in a volume, beside its content. */
const MEMBER_BYTES = 100;

/** How long a run takes. */
const RUN_MS = 60 * 60 * 1000;

/** A host whose days pass when it is told. */
export class World {
  readonly tree = new MadeTree();
  readonly store = new MadeStore();
  readonly #file: string;
  /** The true time, which is the store's. */
  now = Date.parse("2026-01-01T00:00:00Z");
  /** How far the host's clock is ahead. */
  skew = 0;
  retention: Retention;
  /** What the bucket's lifecycle is set to. */
  lifecycle: number;
  recipients = 1;
  /** What the next walk gives instead of {@link tree}. */
  things: readonly Thing[] | undefined;
  #receipts: string[] = [];
  /** Left open from one run to the next as long as all goes well: years would take twice as long otherwise. */
  #catalog: Catalog | undefined;

  constructor(file: string, retention: Retention) {
    this.#file = file;
    this.retention = retention;
    this.lifecycle = expiryDays(retention);
  }

  /** A moment of the host's clock at which the tree may change: no run can mistake it for its own. */
  get before(): number {
    return this.now + this.skew - 60_000;
  }

  /** Loses the host's memory of what it sent, or damages it. */
  lose(how: "absent" | "garbage" | "cut"): void {
    this.close();
    let bytes: Uint8Array;
    try {
      bytes = Deno.readFileSync(this.#file);
    } catch {
      return; // it was lost before, and no run has made another
    }
    if (how === "absent") Deno.removeSync(this.#file);
    else if (how === "garbage") {
      Deno.writeFileSync(
        this.#file,
        bytes.map((it, at) => at % 7 === 0 ? it ^ 0x5a : it),
      );
    } else Deno.truncateSync(this.#file, Math.floor(bytes.length / 2));
  }

  /** Removes what the lifecycle removes. */
  expire(): void {
    this.store.expire(this.now - this.lifecycle * DAY);
  }

  /** A backup. */
  run(ending: Ending = "whole", full = false): Done {
    const catalog = this.#catalog ??= Catalog.open(this.#file, this.#subject(), this.#terms());
    try {
      return this.#run(catalog, ending, full);
    } finally {
      if (ending !== "whole") this.close();
    }
  }

  /** Ends the host's process: the next run opens what is on its disk. */
  close(): void {
    this.#catalog?.[Symbol.dispose]();
    this.#catalog = undefined;
  }

  #run(catalog: Catalog, ending: Ending, full: boolean): Done {
    let sent = 0;
    let refreshed = 0;
    let store: number | undefined;
    for (let passes = 1;; passes += 1) {
      const run = new Run(this, catalog, { host: this.now + this.skew, store }, full || passes > 2);
      const whole = run.send(typeof ending === "object" ? ending.volumes : Infinity);
      sent += run.sent;
      refreshed += run.refreshed;
      this.now += RUN_MS;
      if (!whole) return { sent, refreshed, passes };
      if (run.holds()) {
        run.conclude(ending);
        return { sent, refreshed, passes };
      }
      store = this.now;
    }
  }

  #terms(): Terms {
    return { refreshDays: this.retention.refreshDays, keptDays: expiryDays(this.retention), expires: true };
  }

  #subject(): Subject {
    return {
      host: "web1",
      settings: { recipients: String(this.recipients) },
      declared: [""],
      receipts: this.#receipts,
    };
  }

  /** @ignore */
  receive(snapshot: MadeSnapshot, answered: boolean): void {
    this.store.snapshots.set(snapshot.id, snapshot);
    this.#receipts = answered ? [snapshot.commitment] : [...this.#receipts, snapshot.commitment];
  }
}

/** One pass over the tree. */
class Run {
  readonly #world: World;
  readonly #catalog: Catalog;
  readonly #time: RunTime;
  readonly #id: string;
  readonly #pass: Pass<Thing>;
  readonly #things: readonly Thing[];
  readonly #index: string[] = [];
  readonly #volumes: { entries: number; plain: number; number: number; parts: PartRecord[] }[] = [];
  #entries = 0;
  #bytes = 0;
  sent = 0;
  refreshed = 0;

  constructor(world: World, catalog: Catalog, time: RunTime, full: boolean) {
    this.#world = world;
    this.#catalog = catalog;
    this.#time = time;
    this.#things = world.things ?? world.tree.walk();
    this.#id = newSnapshotId(new Date(time.host));
    this.#pass = catalog.pass<Thing>(
      {
        snapshot: this.#id,
        compression: "none",
        trust: () => ({ inode: true, ctime: true }),
        clock: () => time.host,
      },
      time,
      full,
    );
  }

  /** Sends what has to be; false where the run broke off after so many volumes. */
  send(most: number): boolean {
    let batch: Thing[] = [];
    let size = 0;
    const flush = (): boolean => {
      if (this.#volumes.length === most) return false;
      if (batch.length > 0) this.#volume(batch, size);
      [batch, size] = [[], 0];
      return true;
    };
    for (const thing of this.#pass.changes(this.#things)) {
      batch.push(thing);
      size += thing.size + MEMBER_BYTES;
      if (size >= VOLUME_BYTES && !flush()) return false;
    }
    if (!flush() || this.#volumes.length === most) return false;
    this.#index.push(...this.#pass.rest(this.#volumes.length));
    this.sent += this.#index.length;
    return true;
  }

  holds(): boolean {
    return this.#pass.holds(new Date(this.#world.now));
  }

  conclude(ending: Ending): void {
    const world = this.#world;
    const receipt = encodeReceipt(this.#receipt(this.#pass.standing(this.#volumes.length)));
    const link = commitment(sha256(new TextEncoder().encode(receipt)));
    world.receive({
      id: this.#id,
      taken: world.now,
      until: world.now + world.retention.days * DAY,
      receipt: decodeReceipt(receipt),
      commitment: link,
      index: this.#index.map((line) => decodeIndexLine(line.slice(0, -1))),
      tree: this.#things,
    }, ending === "whole");
    if (ending === "lost answer") return;
    const time = { host: this.#time.host + RUN_MS, store: world.now };
    this.#catalog.conclude(this.#pass, this.#volumes.length, link, this.#time.host, time);
  }

  #volume(things: readonly Thing[], size: number): void {
    const number = this.#volumes.length + 1;
    const digest = sha256(new TextEncoder().encode(`${this.#id} ${number}`));
    const part = { name: volumePartName(number, 0, digest, "none"), size, sha256: digest };
    const members = things.map((thing) => ({ entry: entryOf(thing), content: thing.content }));
    this.#world.store.keep(this.#id, number, {
      taken: this.#world.now,
      size,
      members,
      part,
      commitment: commitment(digest),
    });
    const lines = members.map(({ entry }) => encodeIndexLine(number, entry));
    this.#pass.stored({
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
    this.refreshed += things.filter((it) => it.ctime < this.#time.host - DAY * 1.5).reduce(
      (sum, it) => sum + it.size,
      0,
    );
  }

  #receipt({ entries, bytes, gone, adopted, needs }: Standing): Receipt {
    const digest = sha256(new TextEncoder().encode(`${this.#id} index`));
    const index = { name: indexPartName(0, digest, "none"), size: 100, sha256: digest };
    return {
      format: "nightdrop-receipt/1",
      program: "simulation",
      host: "web1",
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
        parts: [index],
      },
      needs,
    };
  }
}
