import type { Piece } from "../seal/decompress.ts";

/** Number of pieces that may wait. One has up to 2 MiB. */
const MAX_WAITING = 6;

/** Pieces on their way from the thread that opens a volume to the thread that reads it. */
export class PieceQueue {
  readonly #pieces: Piece[] = [];
  /** Requests for which there was no piece. */
  readonly #requests: PromiseWithResolvers<Piece | undefined>[] = [];
  #room = Promise.withResolvers<void>();
  #end: { readonly failure?: unknown } | undefined;

  /** Appends a piece. */
  put(piece: Piece): void {
    const request = this.#requests.shift();
    if (request) request.resolve(piece);
    else this.#pieces.push(piece);
  }

  /**
   * Waits until there is room for another piece. Returns the number of pieces that wait.
   *
   * @throws If no more pieces are read.
   */
  async room(): Promise<number> {
    while (this.#pieces.length >= MAX_WAITING) await this.#room.promise;
    if (this.#end) throw new Error("The volume is not read any more");
    return this.#pieces.length;
  }

  /** Returns the next piece; undefined at the end. */
  async take(): Promise<Piece | undefined> {
    const piece = this.#pieces.shift();
    if (piece === undefined && this.#end === undefined) {
      this.#requests.push(Promise.withResolvers());
      return await this.#requests.at(-1)!.promise;
    }
    this.#room.resolve();
    this.#room = Promise.withResolvers();
    if (piece === undefined && this.#end && "failure" in this.#end) throw this.#end.failure;
    return piece;
  }

  /** Ends the pieces, with an error if there is one. Only the first end counts. */
  end(end: { readonly failure?: unknown }): void {
    this.#end ??= end;
    for (const request of this.#requests.splice(0)) {
      if ("failure" in this.#end) request.reject(this.#end.failure);
      else request.resolve(undefined);
    }
  }

  /** Drops the pieces. No more are read. */
  stop(): void {
    this.#pieces.length = 0;
    this.end({});
    this.#room.resolve();
  }
}
