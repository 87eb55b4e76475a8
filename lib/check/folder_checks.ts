import type { Host } from "../config/types.ts";
import type { Finding } from "./findings.ts";
import { parseObjectName } from "../model/name.ts";
import { printable } from "../model/printable.ts";
import type { PartRecord, Receipt } from "../model/receipt.ts";
import type { Snapshot, StoredFolder } from "../read/snapshots.ts";
import type { StoredObject } from "../store/contract.ts";
import { expiryDays } from "../store/vault/description.ts";

/** How far the host's clock and the store's may be apart before it is told. */
const CLOCK_TOLERANCE_MS = 60 * 60 * 1000;

/** And before it is more than an oddity: a day is what the expiry has in hand. */
const CLOCK_LIMIT_MS = 24 * 60 * 60 * 1000;

/** What is found in one folder. */
export type Amiss = Pick<Finding, "kind" | "what">;

/**
 * What somebody put over an object does no harm, as long as the first is there, so that is no damage; but whoever did
 * it holds the credentials of the host. What is deleted before its time will be gone.
 */
export function* tampering({ objects }: StoredFolder, host: Host): Generator<Amiss> {
  const overwritten = objects.filter((it) => it.overwritten !== undefined);
  if (overwritten.length > 0) {
    const what =
      `Other bytes were put over ${listed(overwritten)}. What was stored first is there, and is what is ` +
      "read; but somebody has the host's credentials: revoke them, and look who reads the bucket";
    yield { kind: "warning", what };
  }
  const hidden = objects.filter((it) => it.hiddenAt !== undefined);
  if (hidden.length === 0) return;
  const days = `${expiryDays(host.retention)} days`;
  const what =
    `Deleted before the ${days} are over, by somebody or by the bucket's expiry: ${listed(hidden)}. It can ` +
    "be restored until the provider removes it for good: do so, or have the markers taken away";
  yield { kind: "damage", what };
}

/** Whether the host's clock agrees with the store's. */
export function* clocks({ receipt, storedAt }: Snapshot): Generator<Amiss> {
  const apart = storedAt.getTime() - Date.parse(receipt.finished);
  if (Math.abs(apart) <= CLOCK_TOLERANCE_MS) return;
  const hours = (Math.abs(apart) / 3_600_000).toFixed(1);
  const what = `The host says it ended ${hours} hours ${apart > 0 ? "before" : "after"} the store took it`;
  yield { kind: Math.abs(apart) > CLOCK_LIMIT_MS ? "damage" : "warning", what };
}

/** Compares the listing with the receipt; gives the parts that are there in their announced size. */
export function presence(folder: StoredFolder, receipt: Receipt): { parts: PartRecord[]; amiss: Amiss[] } {
  const left = new Map(folder.objects.map(({ name, size }) => [name, size]));
  const amiss: Amiss[] = [];
  const parts = partsOf(receipt).filter(({ name, size }) => {
    const stored = left.get(name);
    left.delete(name);
    if (stored === size) return true;
    const what = stored === undefined ? "is missing" : `has ${stored} bytes where its receipt says ${size}`;
    amiss.push({ kind: "damage", what: `${name} ${what}` });
    return false;
  });
  for (const name of left.keys()) {
    if (parseObjectName(name)?.kind === "receipt") continue;
    const what = `"${printable(name)}" does not belong there: no receipt speaks of it`;
    amiss.push({ kind: "damage", what });
  }
  return { parts, amiss };
}

function partsOf(receipt: Receipt): PartRecord[] {
  return [...receipt.volumes.flatMap(({ parts }) => parts), ...receipt.index.parts];
}

/** How many objects, and the first of them by name. */
function listed([first, ...more]: readonly StoredObject[]): string {
  const name = `"${printable(first!.name)}"`;
  return more.length === 0 ? name : `${name} and ${more.length} more`;
}
