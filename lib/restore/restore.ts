import type { Run } from "../app/events.ts";
import { isBelow } from "../extract/layout.ts";
import { Stage } from "../extract/stage.ts";
import { filesOf } from "../extract/stage_directory.ts";
import { Damage } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { shellWord } from "../model/shell.ts";
import type { Identity } from "../seal/identity.ts";
import type { KeySource } from "../seal/session_key.ts";
import { nothingMatches, takenAsPath } from "../snapshots/globs.ts";
import { selectIn, type Selector } from "../snapshots/select.ts";
import type { Snapshot } from "../snapshots/snapshots.ts";
import { Tree } from "../snapshots/tree.ts";
import type { StoreReader } from "../store/contract.ts";
import { jobsOf, readingWorkers, type Workers } from "../workers/pool.ts";
import { inspectTarget } from "./inspect.ts";
import { Restoration } from "./restoration.ts";
import { strippedDirectory } from "./strip.ts";
import type { OnLoss, Restored, RestoreResult } from "./tally.ts";

export type { OnLoss, RestoreResult };

/** Selection and target of a restore. */
export interface RestoreOptions {
  /** Globs of the entries to restore; empty for everything. */
  readonly globs: readonly string[];
  /** Globs of entries that are excluded from these. */
  readonly exclude?: readonly string[];
  /**
   * Directory of the snapshot that becomes the target, such as `/srv/www`. The path above it is dropped from
   * all paths.
   */
  readonly strip?: string;
  /** Directory to restore into. */
  readonly target: string;
  /** Whether existing files may be replaced. */
  readonly overwrite: boolean;
  /** Number of volumes that are read at the same time. Default: one for each core. */
  readonly jobs?: number;
}

/**
 * Restores a snapshot, or the entries that globs select, into a directory: files volume by volume into a
 * staging directory, then links, then owners, modes and times of directories, and last everything into its
 * place. Only volumes (its own and those of older snapshots) that contain selected entries are fetched. It
 * keeps about a hundred bytes of each directory and link in memory.
 *
 * A volume that is damaged, or that the store does not return, loses only its own entries. An entry that the
 * target refuses (a path that is too long, a link to a lost file) is lost alone. Each loss is reported, and
 * nothing of the lost entry is left behind. If an existing file cannot be replaced, the restored one stays in
 * the staging directory.
 *
 * Completed volumes are kept if the restore ends early (no network, no space, an interrupt, even a kill): the
 * same restore into the same target continues from there.
 *
 * @throws {Failure} if an existing file would be overwritten, before anything is fetched.
 * @throws {Misuse} if others could change the target.
 * @throws {Damage} if an index cannot be trusted. Nothing is restored then.
 */
export async function restore(
  snapshot: Snapshot,
  reader: StoreReader,
  identities: readonly Identity[],
  options: RestoreOptions,
  run: Run,
): Promise<RestoreResult> {
  const tree = await Tree.open(snapshot, reader, identities, run.signal);
  const strip = await strippedDirectory(tree, options.strip);
  const { selected, linkTargets, unmatched, paths } = await selectIn(tree, options.globs, options.exclude);
  for (const glob of paths) run.report({ event: "note", text: takenAsPath(glob) });
  for (const glob of unmatched) run.report({ event: "warning", text: nothingMatches(glob) });
  for (const path of linkTargets) run.report({ event: "note", text: alsoRestored(path) });
  const selection = { ...options, strip, selected, purpose: purposeOf(snapshot, options) };
  return { ...await restoreSelected(tree, reader, identities, selection, run), unmatched };
}

/** Entries to restore, and their target. */
export interface Selection extends Pick<RestoreOptions, "target" | "overwrite" | "jobs"> {
  readonly selected: Selector;
  /** Directory of the snapshot that becomes the target, as a member path; empty for the root. */
  readonly strip: string;
  /** Purpose: a restore continues an interrupted one in the target only if their purposes are equal. */
  readonly purpose: string;
  readonly onLoss?: OnLoss;
  /** Threads that several restores share; undefined for own ones. */
  readonly workers?: Workers | undefined;
}

/** Restores the selected entries of a tree, like {@linkcode restore}. */
export async function restoreSelected(
  tree: Tree,
  reader: StoreReader,
  keys: KeySource,
  { selected, strip, purpose, onLoss, workers: shared, ...options }: Selection,
  run: Run,
): Promise<Restored> {
  using own = shared === undefined ? readingWorkers(jobsOf(options)) : undefined;
  const mounts = await inspectTarget(tree, selected, { ...options, strip });
  const stage = Stage.create(options.target, { purpose, strip, mounts });
  try {
    reportStages(stage, run);
    const isWanted: Selector = (it) => isBelow(strip, it.path) && selected(it);
    const restoration = new Restoration(stage, tree, isWanted, run, onLoss);
    await stage.refuseInheritance();
    await restoration.prepare();
    await restoration.files(reader, keys, shared ?? own!);
    await restoration.links();
    await restoration.directories();
    return await restoration.publish(options.overwrite);
  } catch (error) {
    if (error instanceof Damage) stage.abandon(); // running it again would not help
    else keepOrAbandon(stage, run);
    throw error;
  }
}

/** Returns the properties that must be equal for a restore that continues an interrupted one. */
function purposeOf({ host, id, commitment }: Snapshot, options: RestoreOptions): string {
  const { globs, exclude = [], strip = "" } = options;
  return JSON.stringify([host, id, commitment, globs, exclude, strip]);
}

function reportStages(stage: Stage, run: Run): void {
  if (stage.volumes.resumed) {
    run.report({ event: "note", text: "Continuing a restore of the same snapshot that ended early" });
  }
  for (const path of stage.abandoned) {
    const text = `"${printable(path)}" holds decrypted files of a restore that ended early. ${removal(path)}`;
    run.report({ event: "warning", text });
  }
}

function keepOrAbandon(stage: Stage, run: Run): void {
  if (!stage.isWorthKeeping) return stage.abandon();
  stage.keep();
  const path = stage.path;
  const next = stage.layout.foldsNames ? "" : "Run the same command again to continue, or give up. ";
  const text = `What is complete is kept in "${printable(path)}". ${next}${removal(path)}`;
  run.report({ event: "warning", text });
}

function removal(stage: string): string {
  return `To remove the files: rm -rf ${filesOf(stage).map(shellWord).join(" ")}`;
}

function alsoRestored(path: string): string {
  return `also restored: "${printable(path)}", since a selected hard link points to it`;
}
