import { copyDatabase, removeDatabase } from "../catalog/database.ts";
import { betweenRuns } from "../catalog/lock.ts";
import { lockOf, type ReadableState, readState, stateDirectory } from "../catalog/state.ts";
import { type KnownStore, knownStores, readStore } from "../catalog/store_state.ts";
import type { Host } from "../config/types.ts";
import type { Run } from "../app/events.ts";
import { exists } from "../disk/exists.ts";
import { BackupHistory, catalogOf } from "./history.ts";
import { Failure, reason } from "../model/failure.ts";
import { readSigner } from "../seal/signer.ts";
import { storeOf } from "../app/stores.ts";
import { recognise } from "./chosen_store.ts";
import { Holdings } from "./holdings.ts";

/**
 * Runs `body` with the history of the host's next backup, on a copy of the catalog: the state directory is
 * not changed. If there is no catalog to use, `body` gets undefined, and the reason is reported.
 *
 * @throws {Locked} if a backup is running: its result is not known yet.
 * @throws {Failure} if a backup would fail as well.
 */
export async function dryRun<T>(
  host: Host,
  { full, newStore }: { readonly full: boolean; readonly newStore: boolean },
  run: Run,
  body: (backups: BackupHistory | undefined) => Promise<T>,
): Promise<T> {
  const directory = stateDirectory(host);
  const copy = `${directory}/catalog.copy`;
  const store = storeOf(host.store);
  const identity = await recognise(store, knownStores(directory), newStore);
  if (full || newStore) return await body(undefined);
  try {
    const known = recall(host, directory, identity, copy, run);
    if (known === undefined || identity === undefined) return await body(undefined);
    const parties = { store: identity, signer: await signerOf(readState(directory)) };
    using backups = new BackupHistory(host, known, parties, run, copy);
    if (typeof store.identity !== "string") {
      await backups.check(new Holdings(store.identity.objects, host.name, run.signal));
    }
    return await body(backups);
  } finally {
    discard(copy);
  }
}

const NO_BACKUP_YET = "this host knows of no backup to this store yet";

/** Returns the host's state for the store, with a copy of its catalog; undefined if there is none. */
function recall(
  host: Host,
  directory: string,
  identity: string | undefined,
  copy: string,
  run: Run,
): KnownStore | undefined {
  if (host.retention.refreshDays === 0) return report(run, "note", "refreshDays is 0");
  if (identity === undefined) return report(run, "note", NO_BACKUP_YET);
  try {
    const known = betweenRuns(lockOf(directory), run.now(), () => {
      const store = readStore(directory, identity);
      copyDatabase(catalogOf(store), copy);
      return store;
    });
    const { last, attempted } = known.chain;
    if (exists(copy) || last !== null || attempted.length > 0) return known;
    return report(run, "note", NO_BACKUP_YET);
  } catch (error) {
    if (error instanceof Failure) throw error;
    return report(run, "warning", `cannot use the catalog in "${directory}": ${reason(error)}`);
  }
}

function report(run: Run, event: "note" | "warning", why: string): undefined {
  run.report({ event, text: `Everything would be sent: ${why}` });
}

/**
 * Returns the fingerprint of the host's signing key; empty if it has none yet. No catalog contains the key
 * that a first run creates.
 */
async function signerOf(known: ReadableState): Promise<string> {
  const armored = known.signer();
  return armored === undefined ? "" : (await readSigner(armored, known.signerFile)).fingerprint;
}

function discard(copy: string): void {
  try {
    removeDatabase(copy);
  } catch {
    // A directory that cannot be written contains none.
  }
}
