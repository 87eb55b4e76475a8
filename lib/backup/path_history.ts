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

/** The most that is read: a few hundred bytes for each declared path and each mount. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Of the file. */
const VERSION = 2;

/** What the file holds. */
interface Stored {
  readonly version: number;
  /** Shows damage. */
  readonly check: string;
  readonly paths: Readonly<Record<string, Held>>;
}

/** Mounts that are remembered of a declared path: containers can make any number of them. */
const MAX_MOUNTS = 1000;

/**
 * What each declared path held when it was last backed up. A disk that is not mounted leaves an empty directory, which would
 * pass for a good backup.
 *
 * A path that has lost nearly everything is unread until it holds something again, or until a full backup accepts it.
 */
export class PathHistory {
  readonly #file: string;
  readonly #rules: string;
  readonly #run: Run;
  readonly #before: Readonly<Record<string, Held>>;
  #now: Record<string, Held> = {};

  /** @param directory the state directory of the host. */
  constructor(directory: string, selection: Selection, run: Run) {
    this.#file = `${directory}/paths.json`;
    this.#rules = sha256(new TextEncoder().encode(JSON.stringify(selection))).slice(0, 16);
    this.#run = run;
    this.#before = this.#read();
  }

  /** A walk begins. What is not walked is remembered as it was. */
  begin(): void {
    this.#now = { ...this.#before };
  }

  /** A declared directory was walked. With `full` a loss is accepted that was reported before. */
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

  /** What was found is what the next run compares with. */
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

  /** A mount point that was left by what was mounted there; one that was removed is no loss. */
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
      // Then it is also of the form in which it was written.
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
