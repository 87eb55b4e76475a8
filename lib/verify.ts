import { checkChain } from "./check/chain.ts";
import type { Host } from "./config/types.ts";
import type { Run } from "./events.ts";
import type { Finding } from "./check/findings.ts";
import { type Amiss, clocks, presence, tampering } from "./check/folder_checks.ts";
import { inOrder } from "./threads/in_order.ts";
import { releaseListed } from "./read/index_reader.ts";
import { Damage, reason } from "./model/failure.ts";
import { objectKey } from "./model/name.ts";
import { printable } from "./model/printable.ts";
import type { PartRecord } from "./model/receipt.ts";
import { release } from "./model/release.ts";
import type { Identity } from "./seal/identity.ts";
import { NotedReads } from "./read/noted_reads.ts";
import { readPart } from "./read/parts.ts";
import {
  readSnapshot,
  type Snapshot,
  type StoredFolder,
  storedFolders,
  Unfinished,
} from "./read/snapshots.ts";
import type { StoreReader } from "./store/contract.ts";
import { hasIndex, type Restorable, Retention } from "./check/retention.ts";
import { jobsOf, type Workers, workers } from "./threads/threads.ts";
import { NoIdentity } from "./seal/session_key.ts";
import { SomeLosses } from "./read/some_losses.ts";
import { Tree } from "./read/tree.ts";
import type { TreeVolume } from "./read/tree_scan.ts";
import { VolumeReader } from "./read/volume_reader.ts";

/** How thorough a verification is. */
export interface VerifyOptions {
  /** Opens every volume with these, and holds it to the index: `--deep`. */
  readonly identities?: readonly Identity[];
  /** Reads only so many parts of each snapshot, chosen at random; all are looked for in any case. */
  readonly sample?: number;
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
  /** Findings to be looked at. */
  readonly warnings: number;
  /** Snapshots that could not be opened, since they are sealed for other keys than those that were given. */
  readonly unopened: number;
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
  for await (const folder of storedFolders(reader, host, run.signal)) await verification.folder(folder);
  return await verification.conclude();
}

class Verification {
  readonly #host: Host;
  readonly #reader: StoreReader;
  readonly #openers: Workers;
  readonly #options: VerifyOptions;
  readonly #found: (finding: Finding) => void;
  readonly #run: Run;
  readonly #good: Snapshot[] = [];
  readonly #retention: Retention;
  /** Folders with an index and no receipt, and when the store took the last of their objects. */
  readonly #headless: { readonly id: string; readonly storedAt: number }[] = [];
  #objects = 0;
  #bytes = 0;
  #damages = 0;
  #warnings = 0;
  #unopened = 0;

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
    this.#found = found;
    this.#run = run;
    this.#retention = new Retention(host, reader, run.signal);
  }

  async folder(folder: StoredFolder): Promise<void> {
    this.#tellAll(folder.id, tampering(folder, this.#host));
    try {
      const snapshot = await readSnapshot(this.#reader, this.#host, folder, this.#run.signal);
      this.#good.push(withoutVolumes(snapshot));
      this.#retention.take(snapshot, folder);
      this.#tellAll(folder.id, clocks(snapshot));
      const { parts, amiss } = presence(folder, snapshot.receipt);
      this.#tellAll(folder.id, amiss);
      const reads = new NotedReads(this.#reader, this.#count);
      if (this.#options.identities) await this.#inside(snapshot, reads, this.#options.identities);
      await this.#contents(snapshot, reads, parts);
    } catch (error) {
      if (error instanceof Unfinished) this.#unfinished(folder, error);
      else if (error instanceof Damage) this.#tell("damage", folder.id, error.message);
      else throw error;
    }
  }

  async conclude(): Promise<VerifyResult> {
    for (const folder of this.#headless) this.#tellHeadless(folder);
    const restorable: Restorable[] = [];
    for await (const judged of this.#retention.judge(this.#run.now())) {
      if ("until" in judged) restorable.push(judged);
      else this.#tell(judged.kind, judged.snapshot, judged.what);
    }
    const { retention, signers, acknowledged } = this.#host;
    const now = this.#run.now();
    for (const finding of checkChain(this.#good, retention.days, now, signers, acknowledged)) {
      this.#tell(finding.kind, finding.snapshot, finding.what);
    }
    for (const what of signersOf(this.#good)) this.#tell("note", undefined, what);
    if (this.#good.length === 0) this.#tell("damage", undefined, "There is no whole snapshot in the store");
    return {
      snapshots: this.#good.length,
      objects: this.#objects,
      bytes: this.#bytes,
      damages: this.#damages,
      warnings: this.#warnings,
      unopened: this.#unopened,
      restorable,
    };
  }

  #unfinished(folder: StoredFolder, why: Unfinished): void {
    if (!hasIndex(folder)) return this.#tell("note", folder.id, why.message);
    const storedAt = Math.max(...folder.objects.map((it) => it.storedAt.getTime()));
    this.#headless.push({ id: folder.id, storedAt });
  }

  /**
   * The index is sent just before the receipt: where only the receipt is missing, somebody took it away, or the run broke
   * off in just that moment. If there is a later snapshot, its place in the chain tells which; the newest has none.
   */
  #tellHeadless({ id, storedAt }: { readonly id: string; readonly storedAt: number }): void {
    const followed = this.#good.some((it) => it.storedAt.getTime() > storedAt);
    if (followed) this.#tell("note", id, "There is no receipt: the run broke off just before its end");
    else this.#tell("damage", id, "The receipt is missing, though the index is there");
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
        releaseListed(volume);
      }
    };
    const losses = new SomeLosses((what) => this.#tell("damage", snapshot.id, what));
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
    this.#unopened += 1;
    this.#tell("warning", snapshot, `${message}. ${hint}`);
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
    if (!(error instanceof Damage)) throw error;
    this.#tell("damage", snapshot, reason(error));
  }

  #tellAll(snapshot: string, amiss: Iterable<Amiss>): void {
    for (const { kind, what } of amiss) this.#tell(kind, snapshot, what);
  }

  #tell(kind: Finding["kind"], snapshot: string | undefined, what: string): void {
    if (kind === "damage") this.#damages += 1;
    if (kind === "warning") this.#warnings += 1;
    this.#found({
      kind,
      host: this.#host.name,
      snapshot: snapshot === undefined ? undefined : printable(snapshot),
      what,
    });
  }
}

/** The chain needs the receipts' links only; the lists of parts would add up over many snapshots. */
function withoutVolumes(snapshot: Snapshot): Snapshot {
  return { ...snapshot, receipt: { ...snapshot.receipt, volumes: [], adopted: [], needs: [] } };
}

/** Which key signed which snapshots, if more than one did. */
function* signersOf(snapshots: readonly Snapshot[]): Generator<string> {
  const bySigner = Map.groupBy(snapshots, ({ receipt }) => receipt.signer.fingerprint);
  if (bySigner.size < 2) return;
  for (const [signer, signed] of bySigner) {
    const ids = signed.map(({ id }) => id).sort();
    const span = ids.length === 1 ? ids[0] : `${ids.length} snapshots, ${ids[0]} to ${ids.at(-1)}`;
    yield `Signed by ${signer}: ${span}`;
  }
}

function sampled<T>(all: readonly T[], sample: number | undefined): readonly T[] {
  if (sample === undefined || sample >= all.length) return all;
  const rest = [...all];
  return Array.from({ length: sample }, () => rest.splice(Math.floor(Math.random() * rest.length), 1)[0]!);
}
