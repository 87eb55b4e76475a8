import type { Run } from "../app/events.ts";
import { Conflicts, filesOf, isOfStage, Stage } from "../extract/stage.ts";
import { Damage, Failure } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { shellWord } from "../model/shell.ts";
import { nothingMatches, takenAsPath } from "../snapshots/globs.ts";
import { selectIn, type Selector } from "../snapshots/select.ts";
import type { Snapshot } from "../snapshots/snapshots.ts";
import { Tree } from "../snapshots/tree.ts";
import { Restoration, type Restored, type RestoreResult } from "./restoration.ts";
import type { Identity } from "../seal/identity.ts";
import type { StoreReader } from "../store/contract.ts";
import { jobsOf } from "../workers/pool.ts";

export type { RestoreResult };

/** What to restore, and where to. */
export interface RestoreOptions {
  /** Empty: everything. */
  readonly globs: readonly string[];
  /** The directory to restore into. */
  readonly target: string;
  /** Whether files that are there already may be replaced. */
  readonly overwrite: boolean;
  /** Volumes that are read at the same time; one for each core where it is not given. */
  readonly jobs?: number;
}

/**
 * Restores a snapshot, or what globs select of it, into a directory: files volume by volume into a staging directory,
 * then links, then owners, modes and times of directories, and at last everything into its place. Of volumes, its own and
 * those of older snapshots, only those are fetched that hold something of it. Of each directory and link it keeps a hundred
 * bytes or so in memory.
 *
 * A damaged volume loses its own entries only, and what the target refuses (a path that is too long, a link to what is
 * lost) is lost alone; each is reported, and nothing of it is left behind.
 *
 * What is complete is kept when the restore ends early (no network, no space, an interrupt, even a kill): the same restore into the same
 * target goes on from there.
 *
 * @throws {Failure} when something that exists would be overwritten: before anything is fetched.
 * @throws {Misuse} when others could change the target.
 * @throws {Damage} when an index cannot be trusted: nothing is restored then.
 */
export async function restore(
  snapshot: Snapshot,
  reader: StoreReader,
  identities: readonly Identity[],
  options: RestoreOptions,
  run: Run,
): Promise<RestoreResult> {
  const tree = await Tree.open(snapshot, reader, identities, run.signal);
  const { selected, linkTargets, unmatched, paths } = await selectIn(tree, options.globs);
  for (const glob of paths) run.report({ event: "note", text: takenAsPath(glob) });
  for (const glob of unmatched) run.report({ event: "warning", text: nothingMatches(glob) });
  for (const path of linkTargets) run.report({ event: "note", text: alsoRestored(path) });
  const stage = Stage.create(options.target, purposeOf(snapshot, options.globs));
  try {
    reportStages(stage, run);
    await refuseConflicts(tree, selected, options);
    const result = await restoreInto(stage, tree, selected, { reader, identities, options, run });
    return { ...result, unmatched };
  } catch (error) {
    if (error instanceof Damage) stage.abandon(); // to run it again would not help
    else keepOrAbandon(stage, run);
    throw error;
  }
}

async function restoreInto(
  stage: Stage,
  tree: Tree,
  selected: Selector,
  { reader, identities, options, run }: {
    readonly reader: StoreReader;
    readonly identities: readonly Identity[];
    readonly options: RestoreOptions;
    readonly run: Run;
  },
): Promise<Restored> {
  const restoration = new Restoration(stage, tree, selected, run);
  await restoration.prepare();
  await restoration.files(reader, identities, jobsOf(options));
  await restoration.links();
  await restoration.directories();
  return restoration.publish(options.overwrite);
}

/** What has to be the same for a restore that goes on with what another one left. */
function purposeOf({ host, id, commitment }: Snapshot, globs: readonly string[]): string {
  return JSON.stringify([host, id, commitment, ...globs]);
}

function reportStages(stage: Stage, run: Run): void {
  if (stage.resumed) {
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
  const path = stage.directoryOfFiles;
  const next = stage.foldsNames ? "" : "Run the same command again to continue, or give up. ";
  const text = `What is complete is kept in "${printable(path)}". ${next}${removal(path)}`;
  run.report({ event: "warning", text });
}

function removal(stage: string): string {
  return `To remove the files: rm -rf ${filesOf(stage).map(shellWord).join(" ")}`;
}

function alsoRestored(path: string): string {
  return `also restored: "${printable(path)}", since a selected hard link points to it`;
}

async function refuseConflicts(
  tree: Tree,
  selected: Selector,
  options: RestoreOptions,
): Promise<void> {
  if (isEmpty(options.target)) return; // which spares a pass over the indexes
  const conflicts = new Conflicts(options.target, options.overwrite);
  const found: string[] = [];
  await tree.each((entry) => {
    const why = selected(entry) ? conflicts.of(entry) : undefined;
    if (why !== undefined) found.push(why);
  });
  if (found.length === 0) return;
  const more = found.length > 5 ? [`… and ${found.length - 5} more`] : [];
  throw new Failure(`Would overwrite in "${options.target}":`, {
    details: [...found.slice(0, 5), ...more],
    hint: conflicts.overwriteHelps
      ? "Restore into an empty directory, or add --overwrite"
      : "Restore into an empty directory, or move away what is there",
  });
}

function isEmpty(target: string): boolean {
  try {
    return !Deno.readDirSync(target).some(({ name }) => !isOfStage(name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    if (error instanceof Deno.errors.NotADirectory) return false; // which is told in better words
    throw error;
  }
}
