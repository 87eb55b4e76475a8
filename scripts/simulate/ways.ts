/** Other ways to keep the same days, for comparison: what each sends and stores. Compression is nobody's here. */
import { DAY_MS } from "../../lib/model/day.ts";
import type { Thing } from "./tree.ts";
import type { Retention } from "../../lib/model/retention.ts";
import { World } from "./world.ts";

/** A way to keep backups. */
export interface Way {
  /** Bytes that a backup of this tree sends. */
  backup(now: number, things: readonly Thing[]): number | Promise<number>;
  /** Bytes that are stored. */
  readonly stored: number;
}

/** What a directory, a link or the name of a file takes. */
const ENTRY = 100;

/** Every backup is full, and goes when its days are over. */
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
  /** When what is stored was last in a snapshot, by content, and its size. */
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

  /** Contents, and for each directory the list of what is in it. */
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

/** nightdrop itself, in a world of its own whose tree and clock are set from outside. */
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
