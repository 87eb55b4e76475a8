import type { Piece } from "../seal/decompress.ts";
import type { Workers } from "../workers/pool.ts";
import { OPEN_VOLUME, type SealedQuestion, type SealedVolume } from "./open_volume.ts";
import { PieceQueue } from "./piece_queue.ts";

/** Answer to a question. Transferred memory belongs to the thread that asked. */
export interface Answer {
  readonly value: unknown;
  readonly transfer?: Transferable[];
}

/**
 * Opening of a volume in an idle thread, while another one reads it. With `await using`, the thread does
 * nothing for this volume at the end of the block.
 */
export class SharedOpening implements AsyncDisposable {
  readonly #queue = new PieceQueue();
  #opening: Promise<void> | undefined;

  /**
   * Begins if a thread is idle. Returns whether it has begun.
   *
   * @param answer Answers the questions of the thread.
   */
  begin(
    workers: Workers,
    volume: SealedVolume,
    answer: (question: SealedQuestion) => Promise<Answer>,
  ): boolean {
    const opening = workers.offer(OPEN_VOLUME, volume, {
      answer: async (question) =>
        question.kind === "room" ? { value: await this.#queue.room() } : await answer(question),
      reported: (piece) => this.#queue.put(piece),
    });
    this.#opening = opening?.then(
      () => this.#queue.end({}),
      (failure: unknown) => this.#queue.end({ failure }),
    );
    return opening !== undefined;
  }

  /**
   * Returns the next piece; undefined at the end.
   *
   * @throws The error with which the opening ended.
   */
  take(): Promise<Piece | undefined> {
    return this.#queue.take();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#queue.stop();
    await this.#opening;
  }
}
