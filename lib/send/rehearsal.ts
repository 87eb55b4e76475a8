import { copyCatalog, removeCatalog } from "../catalog/catalog.ts";
import { betweenRuns } from "../catalog/lock.ts";
import { type Known, lockOf, readState } from "../catalog/state.ts";
import { stateFolder } from "../backup.ts";
import type { Host } from "../config/types.ts";
import type { Run } from "../events.ts";
import { exists } from "../exists.ts";
import { catalogOf, Memory } from "./memory.ts";
import { Failure, reason } from "../model/failure.ts";
import { readSigner } from "../seal/signer.ts";
import { placeOf } from "../stores.ts";

/**
 * Runs `body` with what the host's next backup would remember, on a copy of the catalog: whatever is tried out with it,
 * the state folder is afterwards what it was. Where there is nothing to build upon, `body` gets nothing, and it is told
 * why.
 *
 * @throws {Locked} while a run is under way: what it leaves behind nobody knows yet.
 * @throws {Failure} where a backup would fail as well.
 */
export async function rehearse<T>(
  host: Host,
  run: Run,
  body: (memory: Memory | undefined) => T,
): Promise<T> {
  const folder = stateFolder(host);
  const copy = `${folder}/catalog.copy`;
  try {
    const known = recall(host, folder, copy, run);
    if (known === undefined) return body(undefined);
    const place = { store: placeOf(host.store), signer: await signerOf(known) };
    using memory = new Memory(host, known, place, run, copy);
    return body(memory);
  } finally {
    discard(copy);
  }
}

/** What the host knows, with a copy of its catalog; undefined where that is nothing. */
function recall(host: Host, folder: string, copy: string, run: Run): Known | undefined {
  if (host.retention.refreshDays === 0) return tell(run, "note", "refreshDays is 0");
  try {
    const known = betweenRuns(lockOf(folder), run.now(), () => {
      const state = readState(folder);
      copyCatalog(catalogOf(state), copy);
      return state;
    });
    const { last, attempted } = known.chain;
    if (exists(copy) || last !== null || attempted.length > 0) return known;
    return tell(run, "note", `"${folder}" knows of no backup yet`);
  } catch (error) {
    if (error instanceof Failure) throw error;
    return tell(run, "warning", `the catalog in "${folder}" cannot be built upon (${reason(error)})`);
  }
}

function tell(run: Run, event: "note" | "warning", why: string): undefined {
  run.report({ event, text: `Everything would be sent: ${why}` });
}

/** A host that has no signing key yet makes one, which no catalog knows. */
async function signerOf(known: Known): Promise<string> {
  const armored = known.signer();
  return armored === undefined ? "" : (await readSigner(armored, known.signerFile)).fingerprint;
}

function discard(copy: string): void {
  try {
    removeCatalog(copy);
  } catch {
    // In a folder that cannot be written there is none.
  }
}
