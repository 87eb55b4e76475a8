import type { Listener } from "../workers/job.ts";
import type { SourcePack } from "./source_pack.ts";
import type { NoteNews, PartNews, ProgressNews, TroubleNews, VolumeNews, VolumeQuestion } from "./volume.ts";

/** What the maker of a volume needs of those who ordered it. */
export interface Sender {
  /** A buffer for a part. */
  buffer(): Promise<ArrayBuffer>;
  /** Puts a part; resolves when it is on its way. */
  put(part: PartNews): Promise<void>;
  /** Hears of the rest. */
  hear(news: TroubleNews | NoteNews | ProgressNews): void;
}

/** A volume that is made in a thread: has its parts put as they come, without making the thread wait for that. */
export class VolumeInProgress implements Listener<VolumeQuestion, VolumeNews> {
  readonly #sender: Sender;
  readonly #puts: Promise<void>[] = [];
  #entries: SourcePack;

  /** @param entries what was ordered, which has gone to the thread. */
  constructor(entries: SourcePack, sender: Sender) {
    this.#entries = entries;
    this.#sender = sender;
  }

  /** What was ordered, when it has been given back. */
  get entries(): SourcePack {
    return this.#entries;
  }

  /**
   * Resolves when all parts so far are on their way.
   *
   * @throws what kept one from it: a thread learns of it when it asks for its next buffer.
   */
  async dropped(): Promise<void> {
    await Promise.all(this.#puts);
  }

  async answer(): Promise<{ value: ArrayBuffer; transfer: ArrayBuffer[] }> {
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
