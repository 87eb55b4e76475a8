import type { Listener } from "../workers/job.ts";
import type { HelpersAnswer } from "../seal/frames.ts";
import type { SourcePack } from "./source_pack.ts";
import type { NoteNews, PartNews, ProgressNews, TroubleNews, VolumeNews, VolumeQuestion } from "./volume.ts";

/** Callbacks of a volume in progress. */
export interface Sender {
  /** Returns a buffer for a part. */
  buffer(): Promise<ArrayBuffer>;
  /** Compresses a block, if somebody has time for it. */
  compress(block: Uint8Array<ArrayBuffer>): Promise<HelpersAnswer>;
  /** Uploads a part. Resolves when the upload has started. */
  put(part: PartNews): Promise<void>;
  /** Called with all other reports. */
  hear(news: TroubleNews | NoteNews | ProgressNews): void;
}

/** Volume that a thread creates. Uploads its parts as they come, without making the thread wait. */
export class VolumeInProgress implements Listener<VolumeQuestion, VolumeNews> {
  readonly #sender: Sender;
  readonly #puts: Promise<void>[] = [];
  #entries: SourcePack;

  /**
   * Creates the listener.
   *
   * @param entries Entries of the order, which are posted to the thread.
   */
  constructor(entries: SourcePack, sender: Sender) {
    this.#entries = entries;
    this.#sender = sender;
  }

  /** Entries of the order, when the thread has returned them. */
  get entries(): SourcePack {
    return this.#entries;
  }

  /**
   * Resolves when the uploads of all parts so far have started.
   *
   * @throws The error of an upload. A thread gets it when it asks for its next buffer.
   */
  async dropped(): Promise<void> {
    await Promise.all(this.#puts);
  }

  async answer(question: VolumeQuestion): Promise<{ value: unknown; transfer: ArrayBuffer[] }> {
    if (question.kind === "compress") {
      const value = await this.#sender.compress(question.block);
      return { value, transfer: [value.block, value.frame].flatMap((it) => it?.buffer ?? []) };
    }
    await this.dropped();
    const value = await this.#sender.buffer();
    return { value, transfer: [value] };
  }

  reported(news: VolumeNews): void {
    if (news.kind === "part") this.#put(news);
    else if (news.kind === "entries") this.#entries = news.entries;
    else this.#sender.hear(news);
  }

  #put(part: PartNews): void {
    const put = this.#sender.put(part);
    put.catch(() => {}); // `dropped` throws it
    this.#puts.push(put);
  }
}
