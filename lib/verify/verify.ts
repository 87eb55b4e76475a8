import type { Host } from "../config/types.ts";
import type { Run } from "../app/events.ts";
import type { Finding } from "./findings.ts";
import { clocks, isLate, type Problem, tampering } from "./directory_checks.ts";
import { History } from "./history.ts";
import { takeInventory } from "./inventory.ts";
import { findingKindOf, FindingReport } from "./report.ts";
import { inOrder } from "../workers/in_order.ts";
import { releaseVolume } from "../snapshots/index_reader.ts";
import { reason, withHint } from "../model/failure.ts";
import { objectKey } from "../model/name.ts";
import { printablePath } from "../model/printable.ts";
import type { PartRecord } from "../model/receipt.ts";
import { release } from "../buffers/release.ts";
import type { Identity } from "../seal/identity.ts";
import { NotedReads } from "./noted_reads.ts";
import { readPart } from "../snapshots/parts.ts";
import { PassedOver } from "../snapshots/passed_over.ts";
import { isOfOneSnapshot, readSnapshot, type Snapshot, Unfinished } from "../snapshots/snapshots.ts";
import { storedDirectories, type StoredDirectory } from "../snapshots/directories.ts";
import { StoreError, type StoreReader } from "../store/contract.ts";
import { type Restorable, RetentionProof } from "./retention.ts";
import { jobsOf, type Workers, workers } from "../workers/pool.ts";
import { NoIdentity } from "../seal/session_key.ts";
import { SomeLosses } from "../snapshots/some_losses.ts";
import { Tree } from "../snapshots/tree.ts";
import type { TreeVolume } from "../snapshots/tree_scan.ts";
import { VolumeReader } from "../snapshots/volume_reader.ts";

/** How thorough a verification is. */
export interface VerifyOptions {
  /** Opens every volume with these, and holds it to the index: `--deep`. */
  readonly identities?: readonly Identity[];
  /** Reads only so many parts of each snapshot, chosen at random; all are looked for in any case. */
  readonly sample?: number;
  /** `false` fetches nothing but receipts: what is stored is judged by its names, sizes and dates alone. */
  readonly content?: boolean;
  /** Called with each snapshot whose receipt is good. */
  readonly onSnapshot?: (snapshot: Snapshot) => void;
  /** Volumes that are opened at the same time; one for each core where it is not given. */
  readonly jobs?: number;
}

/** What a verification has seen. */
export interface VerifyResult {
  /** Snapshots with a good receipt. */
  readonly snapshots: number;
  /** Objects that were read and compared with their SHA-256. */
  readonly objects: number;
  /** Bytes of those objects. */
  readonly bytes: number;
  /** Findings that break a promise. */
  readonly damages: number;
  /** What could not be looked at: the store does not give it, or it is sealed for other keys than those that were given. */
  readonly unreadable: number;
  /** Findings to be looked at. */
  readonly warnings: number;
  /** For each snapshot of which nothing is missing until when it can be restored, the oldest first. */
  readonly restorable: readonly Restorable[];
}

/**
 * Checks everything that a host has in the store: signatures, the chain, presence and size of every part, the
 * SHA-256 of their bytes, by the store's own dates and expiry that what each snapshot needs stays for as long as was
 * promised, and with identities also what is inside. It never stops at the first finding.
 *
 * @param found told of each finding. Only `damage` makes a verification fail.
 */
export async function verify(
  host: Host,
  reader: StoreReader,
  options: VerifyOptions,
  found: (finding: Finding) => void,
  run: Run,
): Promise<VerifyResult> {
  using openers = workers(jobsOf(options));
  const verification = new Verification(host, reader, openers, options, found, run);
  const passedOver = new PassedOver();
  const directories = storedDirectories(reader, host, run.signal, { passedOver: passedOver.add });
  for await (const directory of directories) await verification.directory(directory);
  verification.passedOver(passedOver);
  return await verification.conclude();
}

/** Bad entries of a snapshot that are named. */
const MAX_NAMED = 20;

/** Directories that could not be looked at, of which the ids are remembered. */
const MAX_UNREADABLE = 10_000;

class Verification {
  readonly #host: Host;
  readonly #reader: StoreReader;
  readonly #openers: Workers;
  readonly #options: VerifyOptions;
  readonly #findings: FindingReport;
  readonly #run: Run;
  readonly #unreadable = new Set<string>();
  readonly #history = new History(this.#unreadable);
  readonly #retention: RetentionProof;
  #objects = 0;
  #bytes = 0;

  constructor(
    host: Host,
    reader: StoreReader,
    openers: Workers,
    options: VerifyOptions,
    found: (finding: Finding) => void,
    run: Run,
  ) {
    this.#host = host;
    this.#reader = reader;
    this.#openers = openers;
    this.#options = options;
    this.#findings = new FindingReport(host.name, found);
    this.#run = run;
    this.#retention = new RetentionProof(host, reader, run.signal, this.#unreadable);
  }

  async directory(directory: StoredDirectory): Promise<void> {
    const tampered = [...tampering(directory, this.#host)];
    try {
      const snapshot = await readSnapshot(this.#reader, this.#host, directory, this.#run.signal);
      this.#tellAll(directory.id, tampered.splice(0));
      this.#history.add(snapshot);
      this.#options.onSnapshot?.(snapshot);
      const inventory = await takeInventory(directory, snapshot.receipt);
      this.#retention.take(snapshot, inventory);
      if (!isLate(snapshot)) this.#tellAll(directory.id, clocks(snapshot));
      this.#tellAll(directory.id, inventory.problem);
      if (this.#options.content === false) return;
      const reads = new NotedReads(this.#reader, this.#count);
      if (this.#options.identities) await this.#inside(snapshot, reads, this.#options.identities);
      await this.#contents(snapshot, reads, inventory.parts);
    } catch (error) {
      if (!isOfOneSnapshot(error)) throw error;
      for (const { kind, what } of tampered) this.#findings.addDirectory(kind, directory.id, what);
      if (error instanceof Unfinished && this.#history.addUnfinished(directory)) return;
      if (error instanceof StoreError) this.#notRead(directory.id, error);
      else this.#findings.addDirectory(findingKindOf(error), directory.id, error.message);
    }
  }

  async conclude(): Promise<VerifyResult> {
    for (const { kind, snapshot, what } of this.#history.headless()) {
      this.#findings.addDirectory(kind, snapshot, what);
    }
    const restorable: Restorable[] = [];
    for await (const judged of this.#retention.judge(this.#run.now())) {
      if ("until" in judged) restorable.push(judged);
      else this.#report(judged.kind, judged.snapshot, judged.what);
    }
    for (const { kind, snapshot, what } of this.#history.findings(this.#host, this.#run.now())) {
      this.#report(kind, snapshot, what);
    }
    this.#findings.conclude();
    return {
      snapshots: this.#history.count,
      objects: this.#objects,
      bytes: this.#bytes,
      damages: this.#findings.count("damage"),
      unreadable: this.#findings.count("unreadable"),
      warnings: this.#findings.count("warning"),
      restorable,
    };
  }

  #notRead(id: string, error: StoreError): void {
    if (this.#unreadable.size < MAX_UNREADABLE) this.#unreadable.add(id);
    this.#findings.addDirectory("unreadable", id, withHint(error));
  }

  /** Reports what the list of the store passed over. */
  passedOver({ foreign, unreadable }: PassedOver): void {
    if (foreign !== undefined) this.#report("damage", undefined, foreign);
    for (const [name, error] of unreadable) this.#notRead(name.split("/")[1] ?? "", error);
  }

  /** Opens what is sealed, each part of which is held to its SHA-256 on the way. */
  async #inside(snapshot: Snapshot, reads: NotedReads, identities: readonly Identity[]): Promise<void> {
    const { signal } = this.#run;
    const volumes = new VolumeReader(reads, identities, this.#openers, signal);
    const check = async (volume: TreeVolume): Promise<void> => {
      try {
        if (volume.snapshot === snapshot) await volumes.read(snapshot, volume, undefined);
      } catch (error) {
        this.#damageOrThrow(snapshot.id, error);
      } finally {
        releaseVolume(volume);
      }
    };
    const losses = new SomeLosses(MAX_NAMED, ({ entry, reason }) => {
      const what = entry === undefined
        ? reason
        : `"${printablePath(entry.path)}" cannot be restored: ${reason}`;
      this.#report("damage", snapshot.id, what);
    });
    try {
      const tree = await Tree.open(snapshot, this.#reader, identities, signal, reads);
      const scan = tree.scan(losses.add);
      for await (const _ of inOrder(scan.volumes(), this.#openers.wanted, check));
      for (const _ of scan.links());
    } catch (error) {
      if (error instanceof NoIdentity) this.#sealed(snapshot.id, error);
      else this.#damageOrThrow(snapshot.id, error);
    }
    losses.end();
  }

  #sealed(snapshot: string, { message, hint }: NoIdentity): void {
    this.#report("unreadable", snapshot, `${message}. ${hint}`);
  }

  /** Holds the parts that were not read yet to their SHA-256: all of them, or what a damage left out. */
  async #contents(snapshot: Snapshot, reads: NotedReads, parts: readonly PartRecord[]): Promise<void> {
    const { host, id } = snapshot;
    const left = parts.filter(({ name }) => !reads.has(objectKey(host, id, name)));
    for (const part of sampled(left, this.#options.sample)) {
      try {
        release(await readPart(reads, snapshot, part, this.#run.signal));
      } catch (error) {
        this.#damageOrThrow(snapshot.id, error);
      }
    }
  }

  readonly #count = (bytes: number): void => {
    this.#objects += 1;
    this.#bytes += bytes;
    this.#run.report({ event: "progress", entries: this.#objects, bytes: this.#bytes });
  };

  #damageOrThrow(snapshot: string, error: unknown): void {
    if (!isOfOneSnapshot(error)) throw error;
    this.#report(findingKindOf(error), snapshot, reason(error));
  }

  #tellAll(snapshot: string | undefined, problem: Iterable<Problem>): void {
    for (const { kind, what } of problem) this.#report(kind, snapshot, what);
  }

  #report(kind: Finding["kind"], snapshot: string | undefined, what: string): void {
    this.#findings.add(kind, snapshot, what);
  }
}

function sampled<T>(all: readonly T[], sample: number | undefined): readonly T[] {
  if (sample === undefined || sample >= all.length) return all;
  const rest = [...all];
  return Array.from({ length: sample }, () => rest.splice(Math.floor(Math.random() * rest.length), 1)[0]!);
}
