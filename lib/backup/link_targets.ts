import type { ReportTrouble } from "../model/trouble.ts";
import { numbered } from "./batches.ts";
import { Rescue } from "./rescue.ts";
import { type SourcePack, SourcePacker, unpackedSources } from "./source_pack.ts";
import type { VolumeMade } from "./volume.ts";
import { EntryStatus } from "./volume_summary.ts";

/**
 * Ensures that no hard link is stored without its target. Within a volume, the thread that creates it does
 * so. This class handles links whose target is in another volume of the run: they wait until that volume is
 * complete.
 */
export class LinkTargets {
  /** Volumes in progress, by the paths of the files with several names that they contain. */
  readonly #pending = new Map<string, Promise<unknown>>();
  readonly #rescue = new Rescue();
  readonly #report: ReportTrouble;
  /** The previous batch, on which links of the next one may depend. */
  #before: Promise<unknown> = Promise.resolve();

  constructor(report: ReportTrouble) {
    this.#report = report;
  }

  /** Creates a volume of `batch`, once the targets of its links are known. */
  make(batch: SourcePack, make: (entries: SourcePack) => Promise<VolumeMade>): Promise<VolumeMade> {
    const resolved = this.#before.then(async () => {
      const entries = await this.#resolved(batch);
      if (entries !== batch) this.#wait(entries, made);
      return entries;
    });
    const made = resolved.then(make);
    this.#before = resolved.catch(() => {}); // the caller that waits for `made` gets the error
    this.#wait(batch, made);
    return made;
  }

  /** Records the result of a volume. Call it before `make` resolves. */
  made(entries: SourcePack, { statuses, changed }: VolumeMade): void {
    for (const first of entries.firsts) this.#pending.delete(first);
    if (!statuses.includes(EntryStatus.LOST)) return;
    for (const [at, walked] of numbered(unpackedSources(entries), 0)) {
      if (statuses[at] === EntryStatus.LOST) this.#rescue.lost(walked);
      const isStandIn = walked.type === "hardlink" && changed.get(at)?.type === "file";
      if (isStandIn) this.#rescue.claim(walked.link!, walked.path);
    }
  }

  #wait({ firsts }: SourcePack, made: Promise<unknown>): void {
    const settled = made.catch(() => {});
    for (const first of firsts) this.#pending.set(first, settled);
  }

  async #resolved(batch: SourcePack): Promise<SourcePack> {
    for (const target of batch.targets) await this.#settled(target);
    if (this.#rescue.isIdle || !batch.targets.some((it) => this.#rescue.isLost(it))) return batch;
    const packer = new SourcePacker();
    for (const entry of unpackedSources(batch)) packer.add(this.#rescue.of(entry, this.#report));
    return packer.packed();
  }

  async #settled(target: string): Promise<void> {
    for (let path: string | undefined = target; path !== undefined; path = this.#rescue.standIn(path)) {
      await this.#pending.get(path);
    }
  }
}
