import { listDirectory, type Names } from "./listing.ts";
import { answerBytes, HEAD, type RangeRequest, STATE, wideThread } from "./wide_thread.ts";

/** From so many bytes on a directory may hold so many names that it is listed in ranges. */
const WIDE = 256 * 1024;

/**
 * Whether a directory of that size is one for a {@link WideLister}. What the size says differs: the bytes of its names in most
 * file systems, 20 for each in tmpfs, one for each in ZFS, nothing in FUSE.
 */
export function isWide(size: number): boolean {
  return size >= WIDE;
}

/** Bytes of names of a directory that are in memory at a time, and where directories within such ones have many already. */
const RANGE = 4 * 1024 * 1024;
const NARROW_RANGE = 1024 * 1024;
const MANY = 32 * 1024 * 1024;

/** Lists directories of any width in bounded memory: in ranges of names, for each of which the directory is read once. */
export class WideLister implements Disposable {
  #thread: Worker | undefined;
  /** Of its pages those are in memory that were once needed. */
  #answer: SharedArrayBuffer | undefined;
  #held = 0;
  readonly #limits: { readonly range: number; readonly narrow: number; readonly many: number };

  constructor(limits = { range: RANGE, narrow: NARROW_RANGE, many: MANY }) {
    this.#limits = limits;
  }

  /** Lists a directory. @throws as `Deno.readDirSync` does. */
  list(path: string): Names {
    try {
      return new WideNames(path, this);
    } catch (error) {
      if (error instanceof NoThread) return listDirectory(path, true);
      throw error;
    }
  }

  /** The names of a directory behind `after`. */
  range(path: string, after: string | undefined): Range {
    const { range, narrow, many } = this.#limits;
    const limit = this.#held > many ? narrow : range;
    const answer = this.#answer ??= new SharedArrayBuffer(answerBytes(range));
    const head = new Int32Array(answer, 0, HEAD / 4);
    head.fill(0);
    this.#thread ??= new Worker(wideThread(), { type: "module" });
    this.#thread.postMessage({ path, after, limit, answer } satisfies RangeRequest);
    const isLate = Atomics.wait(head, 0, STATE.WAITING, START_MS) === "timed-out";
    if (isLate && Atomics.load(head, 3) === 0) throw new NoThread();
    Atomics.wait(head, 0, STATE.WAITING);
    const text = new Uint8Array(answer, HEAD, head[1]).slice();
    if (head[0] === STATE.FAILED) throw rethrown(new TextDecoder().decode(text));
    this.#held += text.length;
    return { text, ended: head[2] === 1 };
  }

  release({ text }: Range): void {
    this.#held -= text.length;
  }

  [Symbol.dispose](): void {
    this.#thread?.terminate();
  }
}

/** Within so many milliseconds a thread begins with what it is asked, on the most loaded machine. */
const START_MS = 60_000;

/** The thread does not answer: whatever keeps it from that, nothing may wait for it for ever. */
class NoThread extends Error {}

/** Names with their numbers, see `wide_thread.ts`. */
interface Range {
  readonly text: Uint8Array;
  /** Whether no name follows. */
  readonly ended: boolean;
}

class WideNames implements Names {
  readonly #path: string;
  readonly #lister: WideLister;
  readonly #decoder = new TextDecoder();
  #range: Range;
  #at = 0;
  #last: string | undefined;
  #isDirectory = false;
  /** How many more names read like the last. */
  #repeats = 0;

  constructor(path: string, lister: WideLister) {
    this.#path = path;
    this.#lister = lister;
    this.#range = lister.range(path, undefined);
  }

  next(): string | undefined {
    if (this.#repeats-- > 0) return this.#last;
    while (this.#at === this.#range.text.length) {
      this.#lister.release(this.#range);
      if (this.#range.ended) return undefined;
      this.#range = this.#lister.range(this.#path, this.#last);
      this.#at = 0;
    }
    const number = Number(this.#take());
    this.#isDirectory = number % 2 === 1;
    this.#repeats = Math.floor(number / 2);
    return this.#last = this.#take();
  }

  isDirectory(): boolean {
    return this.#isDirectory;
  }

  has(name: string): boolean {
    try {
      return Deno.lstatSync(`${this.#path}/${name}`) !== undefined;
    } catch {
      return false;
    }
  }

  #take(): string {
    const { text } = this.#range;
    const end = text.indexOf(0x2f, this.#at);
    const taken = this.#decoder.decode(text.subarray(this.#at, end));
    this.#at = end + 1;
    return taken;
  }
}

/** Error that the thread has reported. */
function rethrown(text: string): Error {
  const { name, message, code } = JSON.parse(text) as { name: string; message: string; code?: string };
  const error = name === "NotCapable" ? new Deno.errors.NotCapable(message) : new Error(message);
  return code === undefined ? error : Object.assign(error, { code });
}
