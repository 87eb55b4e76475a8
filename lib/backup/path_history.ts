import { writeDurably } from "../catalog/durable.ts";
import { readStateFile } from "../catalog/state_file.ts";
import type { Run } from "../app/events.ts";
import { sha256 } from "../model/digest.ts";
import { reason } from "../model/failure.ts";
import type { Selection } from "../model/selection.ts";
import type { ReportTrouble } from "../model/trouble.ts";
import { hasMount, placeOf } from "../source/mounts.ts";
import type { WalkedTree } from "../source/walk.ts";
import { type Held, lossOf } from "./path_loss.ts";

/**
 * Maximum size of the file in bytes: it contains a few hundred bytes for each declared path and each mount.
 */
const MAX_BYTES = 16 * 1024 * 1024;

/** Version of the file. */
const VERSION = 2;

/** Content of the file. */
interface Stored {
  readonly version: number;
  /** Digest that detects damage. */
  readonly check: string;
  readonly paths: Readonly<Record<string, Held>>;
}

/**
 * Maximum number of mounts that are remembered of a declared path: containers can create any number of them.
 */
const MAX_MOUNTS = 1000;

/**
 * Entries that each declared path contained when it was last backed up. A disk that is not mounted leaves an
 * empty directory, whose backup would look complete.
 *
 * A path that has lost nearly all its entries is unread until it contains entries again, or until a full
 * backup accepts it.
 */
export class PathHistory {
  readonly #file: string;
  readonly #rules: string;
  readonly #run: Run;
  readonly #before: Readonly<Record<string, Held>>;
  #now: Record<string, Held> = {};

  /**
   * Reads the history.
   *
   * @param directory State directory of the host.
   */
  constructor(directory: string, selection: Selection, run: Run) {
    this.#file = `${directory}/paths.json`;
    this.#rules = sha256(new TextEncoder().encode(JSON.stringify(selection))).slice(0, 16);
    this.#run = run;
    this.#before = this.#read();
  }

  /** Number of entries in all declared paths when they were last backed up. */
  get entries(): number {
    const held = Object.values(this.#before).flatMap((
      { entries, mounts },
    ) => [entries, ...Object.values(mounts)]);
    return held.reduce((sum, entries) => sum + entries, 0);
  }

  /** Begins a walk. Paths that it does not reach are remembered unchanged. */
  begin(): void {
    this.#now = { ...this.#before };
  }

  /**
   * Records a declared directory that was walked. With `full`, a loss that was reported before is accepted.
   */
  passed(tree: WalkedTree, report: ReportTrouble, full: boolean): void {
    const [own, ...mounts] = tree.mounts;
    if (own === undefined) return; // it could not be listed, which was reported
    const { path } = tree;
    const before = this.#before[path];
    const now = this.#held(tree, own.entries, mounts);
    const loss = before && lossOf(before, now);
    if (before === undefined && own.entries === 0) {
      this.#note(`"${path}" is empty: nothing below it is backed up`);
    }
    this.#now[path] = now;
    if (loss?.kind === "most") this.#warn(`"${path}" ${loss.text}`);
    if (loss?.kind === "all" && full && before!.reported) {
      this.#warn(`"${path}" ${loss.text}: this is accepted`);
    } else if (loss?.kind === "all") {
      report({ kind: "unread", path, reason: `it ${loss.text}. ${REMEDY}` });
      this.#now[path] = { ...before!, reported: true };
    } else if (before?.rules === now.rules) this.#vanishedMounts(before, tree, report);
  }

  /** Stores the result, with which the next run compares. */
  keep(): void {
    const check = digestOf(this.#now);
    writeDurably(this.#file, JSON.stringify({ version: VERSION, check, paths: this.#now }) + "\n");
  }

  #held(tree: WalkedTree, entries: number, mounts: WalkedTree["mounts"]): Held {
    return {
      entries,
      place: placeOf(tree.path, tree.dev),
      rules: this.#rules,
      mounts: Object.fromEntries(mounts.slice(0, MAX_MOUNTS).map(({ path, entries }) => [path, entries])),
    };
  }

  /**
   * Reports mount points whose file system is no longer mounted. A mount point that was removed is no loss.
   */
  #vanishedMounts(before: Held, tree: WalkedTree, report: ReportTrouble): void {
    const there = new Set(tree.mounts.map(({ path }) => path));
    for (const [path, entries] of Object.entries(before.mounts)) {
      if (entries === 0 || there.has(path) || hasMount(path) !== false) continue;
      const reason =
        `nothing is mounted here, where there were ${entries} entries in the last backup. Mount it, and run ` +
        "the backup again; if this is right, do nothing";
      report({ kind: "unread", path, reason });
    }
  }

  #read(): Readonly<Record<string, Held>> {
    try {
      const text = readStateFile(this.#file, { maxBytes: MAX_BYTES, remedy: "" });
      if (text === undefined) return {};
      const { version, check, paths } = JSON.parse(text) as Stored;
      if (version !== VERSION) throw new Error("it is of another version");
      // With the correct digest, the form is the one that was written.
      if (check !== digestOf(paths)) throw new Error("it is damaged");
      return paths;
    } catch (error) {
      this.#warn(`Cannot compare the declared paths with the last backup: "${this.#file}": ${reason(error)}`);
      return {};
    }
  }

  #warn(text: string): void {
    this.#run.report({ event: "warning", text });
  }

  #note(text: string): void {
    this.#run.report({ event: "note", text });
  }
}

const REMEDY = "Mount it, and run the backup again; if this is right, run it with --full once";

function digestOf(paths: Stored["paths"]): string {
  return sha256(new TextEncoder().encode(JSON.stringify(paths)));
}
