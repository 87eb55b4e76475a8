import type { Host } from "../config/types.ts";
import type { Run } from "../app/events.ts";
import type { Finding } from "./findings.ts";
import { clocks, isLate, tampering } from "./directory_checks.ts";
import { History, type SigningPeriod } from "./history.ts";
import { takeInventory } from "./inventory.ts";
import { ContentCheck } from "./content_check.ts";
import { findingKindOf, FindingLog } from "./finding_log.ts";
import { Failure, withHint } from "../model/failure.ts";
import type { Subset } from "../model/subset.ts";
import type { Identity } from "../seal/identity.ts";
import { PassedOver } from "../snapshots/passed_over.ts";
import { type ReadDirectory, readSnapshots } from "../snapshots/receipts_ahead.ts";
import { isOfOneSnapshot, type Snapshot, Unfinished } from "../snapshots/snapshots.ts";
import { StoreError, type StoreReader } from "../store/contract.ts";
import { isRetentionOver, type Restorable, RetentionProof } from "./retention.ts";
import { jobsOf, readingWorkers, type Workers } from "../workers/pool.ts";

/** Options of {@linkcode verify}. */
export interface VerifyOptions {
  /** Private keys. If present, every volume is opened and compared with the index: `--deep`. */
  readonly identities?: readonly Identity[];
  /** Number of parts of each snapshot to read, chosen at random. The presence of all parts is always checked. */
  readonly sample?: number;
  /** Subset of the parts to read, by their SHA-256. The presence of all parts is always checked. */
  readonly subset?: Subset;
  /**
   * Whether to read objects. With `false`, only receipts are fetched, and objects are checked by their names,
   * sizes and dates.
   */
  readonly content?: boolean;
  /** Called with each snapshot whose receipt is good. */
  readonly onSnapshot?: (snapshot: Snapshot) => void;
  /** Number of volumes that are opened at the same time. Default: one for each core. */
  readonly jobs?: number;
}

/** Result of a verification. */
export interface VerifyResult {
  /** Number of snapshots with a good receipt. */
  readonly snapshots: number;
  /** Number of objects that were read and compared with their SHA-256. */
  readonly objects: number;
  /** Size of those objects in bytes. */
  readonly bytes: number;
  /** Number of findings of the kind `damage`. */
  readonly damages: number;
  /** Number of these that reading objects found: listings and receipts alone do not show them. */
  readonly contentDamages: number;
  /**
   * Number of findings of the kind `unreadable`: the store does not return it, or it is encrypted to other
   * keys.
   */
  readonly unreadable: number;
  /** Number of findings of the kind `warning`. */
  readonly warnings: number;
  /** Day until which each complete snapshot can be restored, the oldest first. */
  readonly restorable: readonly Restorable[];
  /** Keys that have signed the snapshots, the first key first. */
  readonly signers: readonly SigningPeriod[];
}

/**
 * Checks everything that a host has in the store: signatures, the chain, presence and size of every part, the
 * SHA-256 of their bytes, from the store's own dates and expiry that all objects that a snapshot needs stay
 * as long as promised, and with identities also the content. It never stops at the first finding.
 *
 * @param found Called with each finding. Only `damage` makes a verification fail.
 */
export async function verify(
  host: Host,
  reader: StoreReader,
  options: VerifyOptions,
  found: (finding: Finding) => void,
  run: Run,
): Promise<VerifyResult> {
  using openers = readingWorkers(jobsOf(options));
  const verification = new Verification(host, reader, openers, options, found, run);
  const passedOver = new PassedOver();
  for await (const read of readSnapshots(reader, host, run, { passedOver: passedOver.add })) {
    await verification.directory(read);
  }
  verification.passedOver(passedOver);
  return await verification.conclude();
}

/** Maximum number of unreadable directories whose ids are remembered. */
const MAX_UNREADABLE = 10_000;

class Verification {
  readonly #host: Host;
  readonly #options: VerifyOptions;
  readonly #log: FindingLog;
  readonly #run: Run;
  readonly #unreadable = new Set<string>();
  readonly #history = new History(this.#unreadable);
  readonly #retention: RetentionProof;
  readonly #content: ContentCheck;

  constructor(
    host: Host,
    reader: StoreReader,
    openers: Workers,
    options: VerifyOptions,
    found: (finding: Finding) => void,
    run: Run,
  ) {
    this.#host = host;
    this.#options = options;
    this.#log = new FindingLog(host.name, found);
    this.#run = run;
    this.#retention = new RetentionProof(host, reader, run.signal, this.#unreadable);
    this.#content = new ContentCheck(reader, openers, options, this.#log, run);
  }

  async directory({ directory, snapshot }: ReadDirectory): Promise<void> {
    const tampered = [...tampering(directory, this.#host)];
    try {
      if (snapshot instanceof Failure) throw snapshot;
      this.#log.addAll(directory.id, tampered.splice(0));
      this.#history.add(snapshot);
      this.#options.onSnapshot?.(snapshot);
      const isOver = isRetentionOver(snapshot, this.#host, this.#run.now());
      const inventory = await takeInventory(directory, snapshot.receipt, isOver);
      this.#retention.take(snapshot, inventory);
      if (!isLate(snapshot)) this.#log.addAll(directory.id, clocks(snapshot));
      this.#log.addAll(directory.id, inventory.problem);
      if (this.#options.content !== false) await this.#content.check(snapshot, inventory.parts);
    } catch (error) {
      if (!isOfOneSnapshot(error)) throw error;
      for (const { kind, what } of tampered) this.#log.addDirectory(kind, directory.id, what);
      if (error instanceof Unfinished && this.#history.addUnfinished(directory)) return;
      if (error instanceof StoreError) this.#notRead(directory.id, error);
      else this.#log.addDirectory(findingKindOf(error), directory.id, error.message);
    }
  }

  async conclude(): Promise<VerifyResult> {
    for (const { kind, snapshot, what } of this.#history.headless()) {
      this.#log.addDirectory(kind, snapshot, what);
    }
    const restorable: Restorable[] = [];
    for await (const judged of this.#retention.judge(this.#run.now())) {
      if ("until" in judged) restorable.push(judged);
      else this.#log.add(judged.kind, judged.snapshot, judged.what);
    }
    for (const { kind, snapshot, what } of this.#history.findings(this.#host, this.#run.now())) {
      this.#log.add(kind, snapshot, what);
    }
    this.#log.conclude();
    return {
      snapshots: this.#history.count,
      objects: this.#content.objects,
      bytes: this.#content.bytes,
      damages: this.#log.count("damage"),
      contentDamages: this.#content.damages,
      unreadable: this.#log.count("unreadable"),
      warnings: this.#log.count("warning"),
      restorable,
      signers: this.#history.signers,
    };
  }

  #notRead(id: string, error: StoreError): void {
    if (this.#unreadable.size < MAX_UNREADABLE) this.#unreadable.add(id);
    this.#log.addDirectory("unreadable", id, withHint(error));
  }

  /** Adds findings for names that the list of the store left out. */
  passedOver({ foreign, unreadable, moreUnreadable }: PassedOver): void {
    if (foreign !== undefined) this.#log.add("damage", undefined, foreign);
    for (const [name, error] of unreadable) this.#notRead(name.split("/")[1] ?? "", error);
    if (moreUnreadable === 0) return;
    this.#log.add("unreadable", undefined, `Cannot look at ${moreUnreadable} more directories and files`);
  }
}
