import { stateFolder } from "../catalog/state.ts";
import { sizeInArchive } from "../archive/header.ts";
import { batches, volumeBytes } from "./batches.ts";
import type { Host } from "../config/types.ts";
import type { Run } from "../app/events.ts";
import { hostTree } from "./host_tree.ts";
import { Everything, type Journey } from "./changes.ts";
import { CatalogTrouble, type Memory } from "./history.ts";
import type { Entry } from "../model/entry.ts";
import type { Trouble } from "../model/trouble.ts";
import { unpackedSources } from "./source_pack.ts";
import { PathHistory } from "./path_history.ts";
import { type PlannedMemory, plannedMemory } from "./memory_estimate.ts";
import { largerParts, MOST_VOLUMES } from "./receipt_room.ts";
import { rehearse } from "./dry_run.ts";
import { patternFaults, PatternUse } from "../source/patterns.ts";
import type { SourceEntry } from "../source/walk.ts";
import { pause, withPauses } from "../workers/pause.ts";
import { jobsOf } from "../workers/pool.ts";

/** What a backup would find and send. */
export interface Plan {
  /** Entries that were found. */
  readonly entries: number;
  /** Bytes of file content. */
  readonly bytes: number;
  /** What of them would be sent; the rest lies in older volumes. */
  readonly sent: {
    /** Entries. */
    readonly entries: number;
    /** Bytes of file content. */
    readonly bytes: number;
  };
  /** Bytes of the archives around what would be sent, before compression. */
  readonly archived: number;
  /** Volumes they make. */
  readonly volumes: number;
  /** Dumps that would be made beside them. */
  readonly dumps: number;
  /** Things that cannot be looked at; what cannot be opened is known only to the backup itself. */
  readonly unread: number;
  /** What it would take of memory. */
  readonly memory: PlannedMemory;
}

/** How a backup is planned. */
export interface PlanOptions {
  /** Whether everything would be sent, whatever older volumes hold. */
  readonly full?: boolean | undefined;
  /** Whether a new store would be begun. */
  readonly newStore?: boolean | undefined;
  /** Told of each entry that would be sent. */
  readonly each?: ((entry: Entry) => void) | undefined;
}

/**
 * Finds out what a backup would send at this moment: walks the source and holds it against what was sent before. Reads
 * no content, sends nothing, and leaves the host's memory as it is.
 *
 * @throws {Locked} while a run is under way; and what a backup throws that cannot use its state folder.
 */
export async function plan(
  host: Host,
  run: Run,
  { full = false, newStore = false, each }: PlanOptions = {},
): Promise<Plan> {
  return await rehearse(host, { full, newStore }, run, async (memory) => {
    for (;;) {
      try {
        return await count(host, begin(memory, run), run, each);
      } catch (error) {
        if (memory === undefined || !(error instanceof CatalogTrouble)) throw error;
        memory.doubt(error);
      }
    }
  });
}

/**
 * Bytes of the archives of the whole tree, sent or not.
 *
 * @throws the signal's reason.
 */
export async function archivedBytes(host: Host, signal: AbortSignal): Promise<number> {
  let sum = 0;
  for await (const entry of withPauses(hostTree(host, () => {}, () => {}), signal)) {
    sum += sizeInArchive(entry);
  }
  return sum;
}

function begin(memory: Memory | undefined, run: Run): Journey {
  const time = { host: run.now().getTime(), store: undefined };
  return memory?.begin(memory.newSnapshot(time), time, false) ?? new Everything();
}

async function count(
  host: Host,
  journey: Journey,
  run: Run,
  each: PlanOptions["each"],
): Promise<Plan> {
  const [all, sent] = [new Sum(), new Sum()];
  let [archived, volumes, unread] = [0, 0, 0];
  const tell = (trouble: Trouble): void => {
    if (trouble.kind === "unread") unread += 1;
    run.report({ event: "trouble", ...trouble });
  };
  const history = new PathHistory(stateFolder(host), host.selection, run);
  const patterns = new PatternUse(host.selection);
  const walked = hostTree(host, tell, run.report, {
    passed: (tree) => history.passed(tree, tell, false),
    excluded: (path, directory) => patterns.excluded(path, directory),
    marked: (marker) => patterns.marked(marker),
  });
  for (const batch of batches(journey.changes(all.over(walked)), volumeBytes(host.partSize))) {
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
  const memory = plannedMemory({ ...host, jobs: jobsOf(host) });
  return { ...all.so, sent: sent.so, archived, volumes, dumps: host.dumps.length, unread, memory };
}

/** Counts what passes by. */
class Sum {
  readonly so = { entries: 0, bytes: 0 };

  *over(entries: Iterable<SourceEntry>): Generator<SourceEntry> {
    for (const entry of entries) {
      this.so.entries += 1;
      this.so.bytes += entry.size;
      yield entry;
    }
  }
}
