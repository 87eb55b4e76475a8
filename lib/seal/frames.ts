/**
 * Compresses a sequence of blocks, with the help of other threads if there are any.
 *
 * @module
 */
import { keepFreedMemory } from "../buffers/allocator.ts";
import { release } from "../buffers/release.ts";
import { borrow, giveBack } from "../buffers/scratch.ts";
import type { Compression } from "../model/compression.ts";
import { pause } from "../model/turn.ts";
import { compressor } from "./compress.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Other threads that compress blocks at the same time as this one. */
export interface Helpers {
  /** Maximum number of blocks that they have at a time. */
  readonly blocks: number;
  /** Compresses a block like {@linkcode compressor}. Its memory belongs to the helpers until they return it. */
  compress(block: Bytes): Promise<HelpersAnswer>;
}

/** Block that helpers have returned. */
export interface HelpersAnswer {
  readonly block: Bytes;
  /** Frame of the block; undefined if no helper was idle. */
  readonly frame?: Bytes;
}

/** Help for a sequence of blocks. */
export interface Help {
  readonly helpers: Helpers;
  /** Number of bytes that are compressed without help: short sequences are not worth a message to other threads. */
  readonly after: number;
}

/**
 * Number of frames that may wait for those before them, in addition to the blocks that helpers have. It limits the memory, and
 * must be large enough that this thread does not wait for a helper that is a little slower.
 */
const AHEAD = 2;

/** Number of blocks that are compressed without asking after no helper was idle: others have enough work. */
const UNASKED = 16;

/**
 * Yields the frames of blocks in order, each valid until the next one is requested. There is at least one, because an empty
 * file is not valid as zstd or gzip.
 *
 * The frames do not depend on the help. With it, `help.helpers.blocks` more blocks are in memory, and as many frames and two.
 *
 * @param blocks Each is valid until the next one is requested.
 */
export async function* framesOf(
  blocks: Iterable<Bytes> | AsyncIterable<Bytes>,
  compression: Compression,
  help?: Help,
): AsyncGenerator<Bytes> {
  const compress = compressor(compression);
  const queue = new FrameQueue(compress, compression.kind === "none" ? undefined : help);
  let nothing = true;
  for await (const block of blocks) {
    if (block.length === 0) continue;
    nothing = false;
    await queue.add(block);
    for (let frame = await queue.next(); frame !== undefined; frame = await queue.next()) {
      yield frame;
      releaseFrame(frame, block);
    }
  }
  for (let frame = await queue.rest(); frame !== undefined; frame = await queue.rest()) {
    yield frame;
    releaseFrame(frame);
  }
  if (nothing) yield compress(new Uint8Array());
}

/** Releases the whole buffer of a frame, not only the filled part, unless the frame is the block itself. */
function releaseFrame(frame: Bytes, block?: Bytes): void {
  if (frame !== block) release(new Uint8Array(frame.buffer));
}

/** Frame in the queue; `frame` is undefined while helpers have its block. */
interface Slot {
  frame?: Bytes;
  readonly done?: Promise<void>;
}

/** Frames in the order of their blocks, some of which helpers still have. */
class FrameQueue {
  readonly #compress: (block: Bytes) => Bytes;
  readonly #help: Help | undefined;
  readonly #slots: Slot[] = [];
  #bytes = 0;
  /** Size of the blocks that are sent: those of one size can be reused. */
  #size = 0;
  #asked = 0;
  #away = 0;
  #unasked = 0;

  constructor(compress: (block: Bytes) => Bytes, help: Help | undefined) {
    this.#compress = compress;
    this.#help = help;
  }

  /** Gives a block to a helper, or compresses it here. */
  async add(block: Bytes): Promise<void> {
    this.#bytes += block.length;
    this.#size ||= block.length;
    if (this.#away > 0) await pause(); // blocks come back only while this thread waits
    this.#slots.push(this.#mayAsk(block) ? this.#ask(block) : { frame: this.#compress(block) });
  }

  /** Returns the next frame if it is there, or after waiting for it if no more may wait; undefined otherwise. */
  async next(): Promise<Bytes | undefined> {
    const isFull = this.#slots.length >= (this.#help?.helpers.blocks ?? 0) + AHEAD;
    return this.#slots[0]?.frame === undefined && !isFull ? undefined : await this.rest();
  }

  /** Returns the next frame; undefined if there are no more. */
  async rest(): Promise<Bytes | undefined> {
    const slot = this.#slots.shift();
    await slot?.done;
    return slot?.frame;
  }

  #mayAsk(block: Bytes): boolean {
    if (this.#help === undefined || this.#bytes <= this.#help.after || block.length !== this.#size) {
      return false;
    }
    if (this.#unasked === 0) return this.#away < this.#help.helpers.blocks;
    this.#unasked -= 1;
    return false;
  }

  /** Gives a copy of a block to a helper, because the source overwrites the block. */
  #ask(block: Bytes): Slot {
    if (this.#asked++ === 0) keepFreedMemory();
    const copy = borrow(this.#size);
    copy.set(block);
    this.#away += 1;
    const done = this.#help!.helpers.compress(copy).then((answer) => {
      this.#away -= 1;
      if (answer.frame === undefined) this.#unasked = UNASKED;
      slot.frame = answer.frame ?? this.#compress(answer.block);
      giveBack(answer.block);
    });
    const slot: Slot = { done };
    done.catch(() => {}); // it is thrown when its turn comes, unless the caller has left
    return slot;
  }
}
