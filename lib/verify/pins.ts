import type { Run } from "../app/events.ts";
import type { Host } from "../config/types.ts";
import { Damage, Misuse, withHint } from "../model/failure.ts";
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
  const verification = new PinVerification(host, reader, content, found, run);
  for (const { snapshot, until } of await pinsOf(reader, host.name, run.signal)) {
    await verification.pin(snapshot, until);
  }
  return verification.result;
}

class PinVerification {
  readonly #host: Host;
  readonly #reader: StoreReader;
  readonly #content: boolean;
  readonly #log: FindingLog;
  readonly #run: Run;
  readonly #sum = { snapshots: 0, objects: 0, bytes: 0 };
  #sizes: ReadonlyMap<string, number> | undefined;

  constructor(
    host: Host,
    reader: StoreReader,
    content: boolean,
    found: (finding: Finding) => void,
    run: Run,
  ) {
    this.#host = host;
    this.#reader = reader;
    this.#content = content;
    this.#log = new FindingLog(host.name, found);
    this.#run = run;
  }

  async pin(id: string, until: string | null): Promise<void> {
    const { signal, now } = this.#run;
    await this.#attempt(id, async () => {
      const snapshot = await findSnapshot(this.#reader, this.#host, id, { signal, damaged: () => {} });
      const { objects, receipts } = await closureOf(this.#reader, snapshot, signal);
      this.#sum.snapshots += 1;
      for (const it of [...objects, ...receipts]) await this.#attempt(id, () => this.#check(it));
    });
    if (until === null || Date.parse(until) >= now().getTime()) return;
    this.#log.add("note", id, `It was pinned until ${until}: unpin it`);
  }

  get result(): VerifyResult {
    this.#log.conclude();
    const damages = this.#log.count("damage");
    return {
      ...this.#sum,
      damages,
      contentDamages: damages,
      unreadable: this.#log.count("unreadable"),
      warnings: this.#log.count("warning"),
      restorable: [],
      signers: [],
    };
  }

  async #check({ name, sha256, size }: ClosureObject): Promise<void> {
    this.#sizes ??= await this.#listed();
    const stored = this.#sizes.get(name);
    if (stored === undefined) throw new Damage(`${name} is missing`);
    if (stored !== (size ?? stored)) throw new Damage(`${name} has another size than its receipt says`);
    if (!this.#content) return;
    const known = { name, sha256, maxBytes: size ?? MAX_PART_BYTES, label: name, by: "its receipt" };
    this.#sum.bytes += (await authenticBytes(this.#reader, known, this.#run.signal)).length;
    this.#sum.objects += 1;
  }

  async #listed(): Promise<ReadonlyMap<string, number>> {
    const sizes = new Map<string, number>();
    const options = { signal: this.#run.signal, passedOver: (): void => {} };
    for await (const { name, size } of this.#reader.list(`${this.#host.name}/`, options)) {
      sizes.set(name, size);
    }
    return sizes;
  }

  /** Runs a check, and logs what it finds. */
  async #attempt(id: string, check: () => Promise<void>): Promise<void> {
    try {
      await check();
    } catch (error) {
      if (error instanceof Damage || error instanceof Misuse) this.#log.add("damage", id, error.message);
      else if (error instanceof StoreError && error.ofOneObject) {
        this.#log.add("unreadable", id, withHint(error));
      } else throw error;
    }
  }
}
