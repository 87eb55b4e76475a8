import type { Run } from "../app/events.ts";
import { isBelow } from "../extract/layout.ts";
import type { Entry } from "../model/entry.ts";
import { Damage, Failure } from "../model/failure.ts";
import { printablePath } from "../model/printable.ts";
import { releaseVolume } from "../snapshots/index_reader.ts";
import type { Selector } from "../snapshots/select.ts";
import type { Snapshot } from "../snapshots/snapshots.ts";
import type { Tree } from "../snapshots/tree.ts";
import { entriesIn, type Lost } from "../snapshots/tree_scan.ts";
import { Pauses } from "../workers/pause.ts";
import { firstOf, StripCheck } from "./strip_check.ts";

/** Facts about a stream before it begins. */
export interface TarPlan {
  /** Directories by their paths: selected ones, and those that contain selected entries. */
  readonly directories: ReadonlyMap<string, Entry>;
  /** Size of the content in bytes. */
  readonly bytes: number;
  /** Number of device nodes that are left out. */
  readonly devices: number;
}

/**
 * Reads the whole tree before a stream begins.
 *
 * @throws {Damage} if a selected entry cannot be restored.
 * @throws {Misuse} if a selected entry is not below `strip`.
 */
export async function planTar(
  tree: Tree,
  snapshot: Snapshot,
  selected: Selector,
  strip: string,
  run: Run,
): Promise<TarPlan> {
  const planner = new Planner(selected, strip);
  const scan = tree.scan(planner.lose);
  const pauses = new Pauses(run.signal);
  for await (const volume of scan.volumes()) {
    for (const entry of entriesIn(volume)) {
      if (pauses.due) await pauses.take();
      planner.look(entry);
    }
    releaseVolume(volume);
  }
  for (const link of scan.links()) planner.look(link);
  planner.end();
  const mtime = Date.parse(snapshot.receipt.started);
  for (const above of scan.above) planner.above({ ...above, type: "directory", size: 0, mtime });
  return planner.plan;
}

class Planner {
  readonly #selected: Selector;
  readonly #strip: string;
  readonly #check: StripCheck;
  readonly #directories = new Map<string, Entry>();
  readonly #selectedDirectories = new Set<string>();
  /** Directories that contain selected entries. */
  readonly #parents = new Set<string>();
  readonly #lost: Lost[] = [];
  #bytes = 0;
  #devices = 0;

  constructor(selected: Selector, strip: string) {
    this.#selected = selected;
    this.#strip = strip;
    this.#check = new StripCheck(strip);
  }

  readonly lose = (lost: Lost): void => {
    if (lost.entry === undefined || this.#selected(lost.entry)) this.#lost.push(lost);
  };

  look(entry: Entry): void {
    const { path, type, size } = entry;
    const isSelected = this.#selected(entry);
    this.#check.look(entry, isSelected);
    if (type === "directory") this.#directories.set(path, entry);
    if (!isSelected || !isBelow(this.#strip, path)) return;
    if (type === "directory") this.#selectedDirectories.add(path);
    if (type === "char" || type === "block") this.#devices += 1;
    this.#bytes += size;
    this.#addParents(path);
  }

  /** Adds a directory above the declared paths, of which only mode and owner are known. */
  above(entry: Entry): void {
    if (!this.#directories.has(entry.path)) this.#directories.set(entry.path, entry);
  }

  end(): void {
    this.#check.end();
    if (this.#lost.length === 0) return;
    const details = firstOf(
      this.#lost.map(({ entry, reason }) =>
        entry === undefined ? reason : `/${printablePath(entry.path)}: ${reason}`
      ),
    );
    const hint = "Run `nightdrop restore` to get everything else, or leave it out with --exclude";
    const what = "Cannot stream what cannot be restored:";
    throw this.#lost.every(({ unreadable }) => unreadable)
      ? new Failure(what, { details, hint })
      : new Damage(what, { details, hint });
  }

  get plan(): TarPlan {
    const isNeeded = (path: string): boolean =>
      this.#selectedDirectories.has(path) || this.#parents.has(path);
    const directories = [...this.#directories].filter(([path]) =>
      isNeeded(path) && isBelow(this.#strip, path)
    );
    return { directories: new Map(directories), bytes: this.#bytes, devices: this.#devices };
  }

  #addParents(path: string): void {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const parent = path.slice(0, at);
      if (this.#parents.has(parent)) return;
      this.#parents.add(parent);
    }
  }
}
