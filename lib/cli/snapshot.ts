import { Misuse } from "../model/failure.ts";
import type { Host } from "../config/types.ts";
import { findSnapshot } from "../snapshots/find.ts";
import type { Snapshot } from "../snapshots/snapshots.ts";
import type { StoreReader } from "../app/stores.ts";
import type { Session } from "./session.ts";

/** Help text of an argument that names a snapshot. */
export const SNAPSHOT_ARGUMENT =
  "id or the start of one, `latest`, or a date or time such as 2026-11-28T05:00; HOST/SNAPSHOT if there are several hosts";

/** Finds the snapshot that `[HOST/]SNAPSHOT` names, and runs `body` with it. */
export async function withSnapshot<T>(
  session: Session,
  wanted: string,
  body: (snapshot: Snapshot, reader: StoreReader) => Promise<T>,
): Promise<T> {
  const { host, id } = await whichSnapshot(session, wanted);
  return await session.withReader(host, async (reader) => {
    const snapshot = await findSnapshot(reader, host, id, {
      signal: session.run.signal,
      found: (text) => session.run.report({ event: "note", text }),
      doubt: (why) => session.output.warn(why),
      damaged: (newer, why) => session.output.warn(`${host.name}/${newer} is newer, but: ${why.message}`),
    });
    if (!snapshot.pinned && !session.isWithoutConfig) {
      session.output.warn(
        `${host.name}: signer ${snapshot.receipt.signer.fingerprint} is not pinned in the config`,
      );
    }
    return await body(snapshot, reader);
  }, { fallback: true });
}

/** Returns the host, and what names the snapshot, of `[HOST/]SNAPSHOT`. */
export async function whichSnapshot(
  session: Session,
  wanted: string,
): Promise<{ host: Host; id: string }> {
  const slash = wanted.lastIndexOf("/");
  if (slash !== -1) return { host: await session.host(wanted.slice(0, slash)), id: wanted.slice(slash + 1) };
  const hosts = await session.hosts();
  const [only] = hosts.values();
  if (hosts.size === 1 && only) return { host: only, id: wanted };
  const what = session.isWithoutConfig ? "store" : "config";
  throw new Misuse(`Cannot find the snapshot "${wanted}": the ${what} has ${hosts.size} hosts`, {
    hint: `Add the host: HOST/${wanted}`,
  });
}
