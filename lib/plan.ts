import { sizeInArchive } from "./archive/header.ts";
import type { Host } from "./config/types.ts";
import type { Run } from "./events.ts";
import type { Entry } from "./model/entry.ts";
import { batches, volumeBytes } from "./batches.ts";
import { type PlannedMemory, plannedMemory } from "./planned_memory.ts";
import { walk } from "./source/walk.ts";
import { jobsOf } from "./threads.ts";

/** What a backup would send, before compression. */
export interface Plan {
  /** Entries that were found. */
  readonly entries: number;
  /** Bytes of file content. */
  readonly bytes: number;
  /** Bytes of the archives around it. */
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

/** Walks the source and counts; reads no content and sends nothing. */
export function plan(host: Host, run: Run, each: (entry: Entry) => void = () => {}): Plan {
  let unread = 0;
  const entries = walk(host.selection, (trouble) => {
    if (trouble.kind === "unread") unread += 1;
    run.report({ event: "trouble", ...trouble });
  });
  const sum = { entries: 0, bytes: 0, archived: 0, volumes: 0 };
  for (const batch of batches(entries, volumeBytes(host.partSize))) {
    sum.volumes += 1;
    for (const entry of batch) {
      each(entry);
      sum.entries += 1;
      sum.bytes += entry.size;
      sum.archived += sizeInArchive(entry);
    }
  }
  const memory = plannedMemory({ ...host, jobs: jobsOf(host) });
  return { ...sum, dumps: host.dumps.length, unread, memory };
}
