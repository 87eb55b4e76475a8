import type { Problem } from "./directory_checks.ts";
import { parseObjectName } from "../model/name.ts";
import { printable } from "../model/printable.ts";
import type { PartRecord, Receipt } from "../model/receipt.ts";
import type { StoredDirectory } from "../snapshots/directories.ts";

/** Objects of a receipt that exist in its directory. */
export interface Inventory {
  /** Parts that exist with the size in the receipt. */
  readonly parts: readonly PartRecord[];
  /** Time at which the store received each of these, in milliseconds, by its name. */
  readonly times: ReadonlyMap<string, number>;
  readonly problem: readonly Problem[];
}

/** Maximum number of missing parts of a snapshot that are reported by name. */
const MAX_NAMED = 20;

/**
 * Compares the listing of a directory with its receipt. The size of the receipt limits the memory.
 *
 * @param isOver Whether the retention of the snapshot has ended, so that missing parts may have expired.
 */
export async function takeInventory(
  directory: StoredDirectory,
  receipt: Receipt,
  isOver = false,
): Promise<Inventory> {
  const wanted = new Map(partsOf(receipt).map((part) => [part.name, part]));
  const times = new Map<string, number>();
  const parts: PartRecord[] = [];
  const [flaws, foreign] = [new Named(), new Named()];
  for await (const { name, size, storedAt } of directory.objects()) {
    const part = wanted.get(name);
    wanted.delete(name);
    if (part === undefined) {
      if (parseObjectName(name)?.kind !== "receipt") foreign.add(name);
    } else if (part.size === size) {
      times.set(name, storedAt.getTime());
      parts.push(part);
    } else flaws.add(`${name} has ${size} bytes where its receipt says ${part.size}`);
  }
  const expired = isOver ? [...expiredOf(wanted.size)] : [];
  if (!isOver) { for (const name of wanted.keys()) flaws.add(`${name} is missing`); }
  return { parts, times, problem: [...expired, ...flawsFound(flaws), ...foreignFound(foreign, directory)] };
}

function* expiredOf(count: number): Generator<Problem> {
  if (count === 0) return;
  const what = `Its retention is over, and it can no longer be restored: ${count} of its parts have expired`;
  yield { kind: "note", what };
}

function* flawsFound(flaws: Named): Generator<Problem> {
  for (const what of flaws.first) yield { kind: "damage", what };
  if (flaws.more > 0) {
    yield { kind: "damage", what: `${flaws.more} more parts are missing or of another size` };
  }
}

/**
 * Counts foreign objects instead of naming them: an intruder with the host's credentials can create any
 * number of them.
 */
function* foreignFound(foreign: Named, { receipts }: StoredDirectory): Generator<Problem> {
  const [name] = foreign.first;
  if (name !== undefined && foreign.count === 1) {
    yield { kind: "damage", what: `"${printable(name)}" does not belong there: no receipt speaks of it` };
  } else if (name !== undefined) {
    const what =
      `${foreign.count} objects do not belong there, "${printable(name)}" and others: no receipt ` +
      "speaks of them";
    yield { kind: "damage", what };
  }
  if (receipts.length <= 1) return;
  const what =
    `There are ${receipts.length} receipts where one belongs: of those that pass, the one counts that the ` +
    "store took first";
  yield { kind: "damage", what };
}

function partsOf(receipt: Receipt): PartRecord[] {
  return [...receipt.volumes.flatMap(({ parts }) => parts), ...receipt.index.parts];
}

/** First of many texts, and their number. */
class Named {
  readonly first: string[] = [];
  count = 0;

  add(text: string): void {
    this.count += 1;
    if (this.first.length < MAX_NAMED) this.first.push(text);
  }

  get more(): number {
    return this.count - this.first.length;
  }
}
