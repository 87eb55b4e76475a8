import { SpillFile } from "../catalog/link_spill.ts";
import { stateDirectory } from "../catalog/state.ts";
import type { FittedHost } from "./memory_profile.ts";
import type { Run } from "../app/events.ts";
import { hostTree } from "./host_tree.ts";
import { type BackupHistory, CatalogTrouble } from "./history.ts";
import type { RecipientKey } from "../seal/recipient.ts";
import type { Receipt } from "../model/receipt.ts";
import type { DirectoriesAhead } from "../source/ahead_reader.ts";
import { SnapshotWriter, type Written } from "./snapshot_writer.ts";
import { type ChangeSet, Everything } from "./changes.ts";
import type { PathHistory } from "./path_history.ts";
import type { Uploads } from "./uploads.ts";

/** Number of attempts to build on older volumes before everything is sent. */
const ATTEMPTS = 2;

/** Snapshot before its receipt, in the form of the receipt. */
export type Sent = Pick<
  Receipt,
  "snapshot" | "entries" | "bytes" | "sent" | "unread" | "volumes" | "adopted" | "index" | "needs"
>;

/** Order to send a tree. */
export interface Order {
  readonly host: FittedHost;
  readonly recipients: readonly RecipientKey[];
  readonly backups: BackupHistory;
  /** Number of entries that each declared path held before. */
  readonly history: PathHistory;
  readonly uploads: Uploads;
  /** Directories that a thread reads ahead of the walk, if older volumes can be built on. */
  readonly ahead: DirectoriesAhead | undefined;
  /** Whether everything is sent, including what older volumes contain. */
  readonly full: boolean;
  /** Throws a {@link CatalogTrouble} if the receipt would not be valid. */
  readonly check: (sent: Sent) => void;
}

/**
 * Sends the changed entries of the tree, and the index.
 *
 * The age of a volume is computed with the store's clock, which the store reports with each object. If the
 * snapshot would need a volume that is older than expected, or if the catalog is damaged, a new snapshot
 * begins. What the first attempt has stored is not sent again, as after a crash.
 */
export async function sendTree(
  { host, recipients, backups, history, uploads, ahead, full, check }: Order,
  run: Run,
): Promise<Sent> {
  if (full) run.report({ event: "note", text: "Everything is sent: --full" });
  for (let attempt = 1;; attempt += 1) {
    const time = { host: run.now().getTime(), store: uploads.latest?.getTime() };
    const snapshot = backups.newSnapshot(time);
    try {
      const changes = backups.begin(snapshot, time, full || attempt > ATTEMPTS);
      const isReadAhead = attempt === 1 && !(changes instanceof Everything);
      if (!isReadAhead) ahead?.[Symbol.dispose]();
      const writer = new SnapshotWriter(host, snapshot, recipients, uploads, run);
      history.begin();
      const tree = hostTree(host, writer.report, run.report, {
        spill: new SpillFile(`${stateDirectory(host)}/links.sqlite`),
        ahead: isReadAhead ? ahead : undefined,
        passed: (walked) => history.passed(walked, writer.report, full),
      });
      const written = await writer.write({
        entries: changes.changes(tree, (entry) => writer.keep(entry)),
        isUnchanged: (entry) => changes.isUnchanged(entry),
        stored: (volume) => changes.stored(volume),
        rest: (own) => changes.rest(own),
      });
      if (backups.holds(uploads.latest)) {
        const sent = summarize(snapshot, written, changes);
        check(sent);
        return sent;
      }
      run.report({ event: "warning", text: clockIsWrong(run.now(), uploads.latest) });
    } catch (error) {
      if (!(error instanceof CatalogTrouble)) throw error;
      await uploads.recover((it) => it instanceof CatalogTrouble);
      backups.doubt(error);
    }
  }
}

function summarize(snapshot: string, written: Written, changes: ChangeSet): Sent {
  const { dumped, ...own } = written;
  const { gone, ...summary } = changes.summary(own.volumes.length);
  const adopted = summary.adopted.reduce((sum, { entries }) => sum + entries, 0);
  return {
    snapshot,
    ...summary,
    ...own,
    entries: summary.entries + dumped.entries,
    bytes: summary.bytes + dumped.bytes,
    index: { ...own.index, entries: own.index.entries + adopted, gone },
  };
}

function clockIsWrong(host: Date, store: Date | undefined): string {
  const read = store === undefined ? "reports no time" : `says it is ${store.toISOString()}`;
  return `Volumes are older than this host thought: its clock says it is ${host.toISOString()}, the store ${read}. ` +
    "They are re-sent";
}
