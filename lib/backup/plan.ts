import { SpillFile } from "../catalog/link_spill.ts";
import { stateDirectory } from "../catalog/state.ts";
import { sizeInArchive } from "../archive/header.ts";
import { batches, volumeBytes } from "./batches.ts";
import type { Host } from "../config/types.ts";
import type { Run } from "../app/events.ts";
import { hostTree } from "./host_tree.ts";
import { type ChangeSet, Everything } from "./changes.ts";
import { type BackupHistory, CatalogTrouble } from "./history.ts";
import type { Entry } from "../model/entry.ts";
import type { Trouble } from "../model/trouble.ts";
import { unpackedSources } from "./source_pack.ts";
import { PathHistory } from "./path_history.ts";
import { estimateMemory, type MemoryEstimate } from "./memory_estimate.ts";
import { fitted, type FittedHost, type MemoryProfile, memoryProfile } from "./memory_profile.ts";
import { largerParts, MOST_VOLUMES } from "./receipt_capacity.ts";
import { dryRun } from "./dry_run.ts";
import { patternFaults, PatternUse } from "../source/patterns.ts";
import type { SourceEntry } from "../source/walk.ts";
import { pause, pausingAtGaps } from "../workers/pause.ts";

/** Forecast of a backup. */
export interface Plan {
  /** Number of entries that were found. */
  readonly entries: number;
  /** Size of the file content in bytes. */
  readonly bytes: number;
  /** Part of them that would be sent. The rest is in older volumes. */
  readonly sent: {
    /** Number of entries. */
    readonly entries: number;
    /** Size of the file content in bytes. */
    readonly bytes: number;
  };
  /** Size of the archives of this part in bytes, before compression. */
  readonly archived: number;
  /** Number of their volumes. */
  readonly volumes: number;
  /** Number of dumps that would be added. */
  readonly dumps: number;
  /** Number of paths that cannot be read. Files that cannot be opened are found only by a backup. */
  readonly unread: number;
  /** Memory that a backup would need, and the profile that determines it. */
  readonly memory: MemoryEstimate & MemoryProfile;
}

/** Options of {@linkcode plan}. */
export interface PlanOptions {
  /** Whether everything would be sent, including what older volumes contain. */
  readonly full?: boolean | undefined;
  /** Whether a new store would begin. */
  readonly newStore?: boolean | undefined;
  /** Called with each entry that would be sent. */
  readonly each?: ((entry: Entry) => void) | undefined;
}

/**
 * Returns what a backup would send now: walks the source and compares it with what was sent before. Reads no
 * content, sends nothing, and does not change the state directory.
 *
 * @throws {Locked} if a backup is running.
 * @throws The errors of a backup that cannot use its state directory.
 */
export async function plan(
  host: Host,
  run: Run,
  { full = false, newStore = false, each }: PlanOptions = {},
): Promise<Plan> {
  const profile = memoryProfile(host);
  const sized = fitted(host, profile);
  return await dryRun(host, { full, newStore }, run, async (backups) => {
    for (;;) {
      try {
        const counted = await count(sized, begin(backups, run), run, each);
        return { ...counted, memory: { ...estimateMemory(sized), ...profile } };
      } catch (error) {
        if (backups === undefined || !(error instanceof CatalogTrouble)) throw error;
        backups.doubt(error);
      }
    }
  });
}

/**
 * Returns the size in bytes of the archives of the whole tree, sent or not.
 *
 * @throws The reason of the signal, if it is aborted.
 */
export async function archivedBytes(host: Host, signal: AbortSignal): Promise<number> {
  let sum = 0;
  for await (const entry of pausingAtGaps(hostTree(host, () => {}, () => {}), signal)) {
    sum += sizeInArchive(entry);
  }
  return sum;
}

function begin(backups: BackupHistory | undefined, run: Run): ChangeSet {
  const time = { host: run.now().getTime(), store: undefined };
  return backups?.begin(backups.newSnapshot(time), time, false) ?? new Everything();
}

async function count(
  host: FittedHost,
  changes: ChangeSet,
  run: Run,
  each: PlanOptions["each"],
): Promise<Omit<Plan, "memory">> {
  const [all, sent] = [new Sum(), new Sum()];
  let [archived, volumes, unread] = [0, 0, 0];
  const report = (trouble: Trouble): void => {
    if (trouble.kind === "unread") unread += 1;
    run.report({ event: "trouble", ...trouble });
  };
  const history = new PathHistory(stateDirectory(host), host.selection, run);
  const patterns = new PatternUse(host.selection);
  const walked = hostTree(host, report, run.report, {
    spill: new SpillFile(`${stateDirectory(host)}/links.copy.sqlite`),
    passed: (tree) => history.passed(tree, report, false),
    excluded: (path, directory) => patterns.excluded(path, directory),
    marked: (marker) => patterns.marked(marker),
  });
  const toSend = Iterator.from(changes.changes(all.over(walked)))
    .filter((entry) => entry === undefined || !changes.isUnchanged(entry));
  for await (const batch of pausingAtGaps(batches(toSend, volumeBytes(host.partSize)), run.signal)) {
    await pause();
    run.signal.throwIfAborted();
    volumes += 1;
    for (const entry of sent.over(unpackedSources(batch))) {
      each?.(entry);
      archived += sizeInArchive(entry);
    }
  }
  for (const text of patternFaults(host.selection)) run.report({ event: "warning", text });
  for (const text of patterns.unused()) run.report({ event: "note", text });
  if (volumes > MOST_VOLUMES) {
    const text = `${volumes} volumes are more than one receipt can list. ${largerParts(host)}`;
    run.report({ event: "warning", text });
  }
  return { ...all.so, sent: sent.so, archived, volumes, dumps: host.dumps.length, unread };
}

/** Counts entries while they pass. */
class Sum {
  readonly so = { entries: 0, bytes: 0 };

  *over<T extends SourceEntry | undefined>(entries: Iterable<T>): Generator<T> {
    for (const entry of entries) {
      this.so.entries += entry === undefined ? 0 : 1;
      this.so.bytes += entry?.size ?? 0;
      yield entry;
    }
  }
}
