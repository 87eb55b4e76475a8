/** Backup strategies for comparison: what each sends and stores. None of them compresses here. */
import { DAY_MS } from "../../lib/model/day.ts";
import type { Thing } from "./tree.ts";
import type { Retention } from "../../lib/model/retention.ts";
import { World } from "./world.ts";

/** Backup strategy. */
export interface Way {
  /** Backs up the tree and returns the sent bytes. */
  backup(now: number, things: readonly Thing[]): number | Promise<number>;
  /** Bytes that are stored. */
  readonly stored: number;
}

/** Size of a directory, a link or a file name. */
const ENTRY = 100;

/** Every backup is full and expires after its retention. */
export class FullBackups implements Way {
  readonly #days: number;
  #kept: { readonly until: number; readonly size: number }[] = [];

  constructor(days: number) {
    this.#days = days;
  }

  backup(now: number, things: readonly Thing[]): number {
    const size = things.reduce((sum, it) => sum + it.size + ENTRY, 0);
    this.#kept = [...this.#kept.filter(({ until }) => until >= now), {
      until: now + this.#days * DAY_MS,
      size,
    }];
    return size;
  }

  get stored(): number {
    return this.#kept.reduce((sum, { size }) => sum + size, 0);
  }
}

/**
 * Restic's way: what a file holds is stored once, whichever snapshots have it, until none that is kept needs it any more,
 * which takes somebody who reads and deletes. Of metadata each backup sends the directories in which something changed, and
 * those above them. Files are not cut into pieces here: that would help it with large files that change in part.
 */
export class Deduplication implements Way {
  readonly #days: number;
  /** Time of the last snapshot with a content, and its size, by content. */
  readonly #blobs = new Map<string, { seen: number; readonly size: number }>();

  constructor(days: number) {
    this.#days = days;
  }

  backup(now: number, things: readonly Thing[]): number {
    let sent = 0;
    for (const [key, size] of this.#needed(things)) {
      const known = this.#blobs.get(key);
      if (known) known.seen = now;
      else {
        this.#blobs.set(key, { seen: now, size });
        sent += size;
      }
    }
    const limit = now - this.#days * DAY_MS;
    for (const [key, { seen }] of this.#blobs) if (seen < limit) this.#blobs.delete(key);
    return sent;
  }

  get stored(): number {
    return this.#blobs.values().reduce((sum, { size }) => sum + size, 0);
  }

  /** Yields contents, and the list of each directory. */
  *#needed(things: readonly Thing[]): Generator<[key: string, size: number]> {
    const lists = new Map<string, string[]>();
    for (const { path, type, size, content, mtime, ctime, mode, uid } of things) {
      if (type === "file" && size > 0) yield [`content ${content}`, size];
      const directory = path.slice(0, Math.max(0, path.lastIndexOf("/")));
      const list = lists.get(directory) ?? [];
      list.push(`${path} ${type} ${size} ${content} ${mtime} ${ctime} ${mode} ${uid}`);
      lists.set(directory, list);
    }
    for (const list of lists.values()) yield [`list ${list.join("\n")}`, list.length * ENTRY];
  }
}

/** nightdrop itself, in a separate world whose tree and clock are set from outside. */
export class Nightdrop implements Way {
  readonly #world: World;
  sent = 0;
  refreshed = 0;

  constructor(file: string, retention: Retention) {
    this.#world = new World(file, retention);
  }

  async backup(now: number, things: readonly Thing[]): Promise<number> {
    this.#world.now = now;
    this.#world.things = things;
    const { sent, refreshed } = await this.#world.run();
    this.#world.expire();
    this.sent += sent;
    this.refreshed += refreshed;
    return sent;
  }

  get stored(): number {
    return this.#world.stores.current.stored;
  }
}
