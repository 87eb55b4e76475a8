import type { Run } from "../app/events.ts";
import type { Host } from "../config/types.ts";
import { Damage, withHint } from "../model/failure.ts";
import { MAX_PART_BYTES } from "../model/receipt.ts";
import { authenticBytes } from "../snapshots/authentic.ts";
import { type ClosureObject, closureOf } from "../snapshots/closure.ts";
import { findSnapshot } from "../snapshots/find.ts";
import { pinsOf } from "../snapshots/pins.ts";
import { StoreError, type StoreReader } from "../store/contract.ts";
import { FindingLog } from "./finding_log.ts";
import type { Finding } from "./findings.ts";
import type { VerifyResult } from "./verify.ts";

/**
 * Checks the pins of a host in their store: the signature of each receipt, and that everything that a restore reads is there
 * and unchanged. Other snapshots there are parts of pins and need not be complete.
 *
 * @param content `false` checks the receipts and the presence of the other objects only.
 */
export async function verifyPins(
  host: Host,
  reader: StoreReader,
  content: boolean,
  found: (finding: Finding) => void,
  run: Run,
): Promise<VerifyResult> {
  const { signal } = run;
  const log = new FindingLog(host.name, found);
  const sizes = new Map<string, number>();
  for await (const it of reader.list(`${host.name}/`, { signal, passedOver: () => {} })) {
    sizes.set(it.name, it.size);
  }
  const sum = { snapshots: 0, objects: 0, bytes: 0 };
  const check = async (object: ClosureObject): Promise<void> => {
    const { name, sha256, size = MAX_PART_BYTES } = object;
    if (!sizes.has(name)) throw new Damage(`${name} is missing`);
    if (object.size !== undefined && sizes.get(name) !== object.size) {
      throw new Damage(`${name} has another size than its receipt says`);
    }
    if (!content) return;
    const known = { name, sha256, maxBytes: size, label: name, by: "its receipt" };
    sum.bytes += (await authenticBytes(reader, known, signal)).length;
    sum.objects += 1;
  };
  for (const { snapshot: id, until } of await pinsOf(reader, host.name, signal)) {
    await attempt(log, id, async () => {
      const snapshot = await findSnapshot(reader, host, id, { signal, damaged: () => {} });
      const { objects, receipts } = await closureOf(reader, snapshot, signal);
      sum.snapshots += 1;
      for (const object of [...objects, ...receipts]) await attempt(log, id, () => check(object));
    });
    if (until !== null && Date.parse(until) < run.now().getTime()) {
      log.add("note", id, `It was pinned until ${until}: unpin it`);
    }
  }
  log.conclude();
  return {
    ...sum,
    damages: log.count("damage"),
    contentDamages: log.count("damage"),
    unreadable: log.count("unreadable"),
    warnings: log.count("warning"),
    restorable: [],
  };
}

/** Runs a check, and logs what it finds. */
async function attempt(log: FindingLog, id: string, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (error instanceof Damage || (error instanceof Error && error.name === "Misuse")) {
      log.add("damage", id, error.message);
    } else if (error instanceof StoreError && error.ofOneObject) log.add("unreadable", id, withHint(error));
    else throw error;
  }
}
