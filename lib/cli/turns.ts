/** Destination of output. */
export interface Destination {
  /** Whether it is written at once, so that progress can be shown. */
  readonly isLive: boolean;
  stdout(text: string): void;
  stderr(text: string): void;
}

/** Stream of a destination. */
type Stream = "stdout" | "stderr";

/** Bytes of output that wait for their turn, above which no further work begins. */
const MAX_WAITING = 8 * 1024 * 1024;

/**
 * Output of work that runs at the same time, in the order in which the work began: the first one writes at once, the others
 * to memory until those before them have ended.
 */
export class Turns {
  readonly #turns: Turn[] = [];
  readonly #destination: Destination;
  readonly #beforeWrite: () => void;
  #waiting = 0;
  #room: PromiseWithResolvers<void> | undefined;

  /** @param beforeWrite Called before output that has waited is written. */
  constructor(destination: Destination, beforeWrite: () => void) {
    this.#destination = destination;
    this.#beforeWrite = beforeWrite;
  }

  /** Begins the next turn. Dispose of it when its work has ended. */
  begin(): Destination & Disposable {
    const turn: Turn = new Turn(this.#destination, {
      isFirst: () => this.#turns[0] === turn,
      kept: (length) => void (this.#waiting += length),
      ended: () => this.#advance(),
    });
    this.#turns.push(turn);
    return turn;
  }

  /** Waits until less output waits. There is always a first turn that ends. */
  async room(): Promise<void> {
    if (this.#waiting < MAX_WAITING) return;
    this.#room ??= Promise.withResolvers();
    await this.#room.promise;
  }

  #advance(): void {
    while (this.#turns[0]?.hasEnded) {
      this.#turns.shift();
      this.#waiting -= this.#turns[0]?.flush(this.#beforeWrite) ?? 0;
    }
    if (this.#waiting >= MAX_WAITING) return;
    this.#room?.resolve();
    this.#room = undefined;
  }
}

interface Place {
  /** Returns whether all turns before it have ended. */
  readonly isFirst: () => boolean;
  /** Called with the length of output that waits. */
  readonly kept: (length: number) => void;
  readonly ended: () => void;
}

class Turn implements Destination, Disposable {
  readonly #destination: Destination;
  readonly #place: Place;
  #kept: [stream: Stream, text: string][] = [];
  hasEnded = false;

  constructor(destination: Destination, place: Place) {
    this.#destination = destination;
    this.#place = place;
  }

  get isLive(): boolean {
    return this.#place.isFirst();
  }

  stdout(text: string): void {
    this.#write("stdout", text);
  }

  stderr(text: string): void {
    this.#write("stderr", text);
  }

  #write(stream: Stream, text: string): void {
    if (this.isLive) return this.#destination[stream](text);
    this.#kept.push([stream, text]);
    this.#place.kept(text.length);
  }

  /** Writes what has waited, and returns its length. */
  flush(before: () => void): number {
    if (this.#kept.length > 0) before();
    for (const [stream, text] of this.#kept) this.#destination[stream](text);
    const length = this.#kept.reduce((sum, [, text]) => sum + text.length, 0);
    this.#kept = [];
    return length;
  }

  [Symbol.dispose](): void {
    this.hasEnded = true;
    this.#place.ended();
  }
}
