import type { Stat } from "./entry.ts";
import { BLOCK } from "./file_stat.ts";
import { listDirectory, type Names } from "./listing.ts";
import { answerBytes, HEAD, type RangeRequest, STATE, wideThread } from "./wide_thread.ts";

/** Minimum size in bytes of a directory that may have too many names to be listed at once. */
const WIDE = 256 * 1024;

/**
 * Minimum size in bytes if it is that of blocks with the names in them. Up to here, 20,000 to 100,000 names, the memory of a
 * list is about that of the thread, which takes twice the processor time.
 */
const WIDE_IN_BLOCKS = 2 * 1024 * 1024;

/**
 * Whether a directory must be listed by a {@link WideLister}. The meaning of its size differs: in ext4 and XFS, that of
 * the blocks that contain the names; 20 for each name in tmpfs, one for each name in ZFS, nothing in FUSE.
 */
export function isWide({ size, blocks }: Pick<Stat, "size" | "blocks">): boolean {
  return size >= (blocks! * BLOCK === size ? WIDE_IN_BLOCKS : WIDE);
}

/** Bytes of names of a directory that are in memory at a time. */
const RANGE = 4 * 1024 * 1024;

/** Limit of bytes for directories within others that already have many names in memory. */
const NARROW_RANGE = 1024 * 1024;

/** Bytes of names in memory above which {@link NARROW_RANGE} applies. */
const MANY = 32 * 1024 * 1024;

/**
 * Lists directories with any number of names in bounded memory: in ranges of names. The directory is read
 * once for each range.
 */
export class WideLister implements Disposable {
  #thread: Worker | undefined;
  /** Memory for answers of the thread. Only pages that were used once take real memory. */
  #answer: SharedArrayBuffer | undefined;
  #asked = 0;
  #held = 0;
  readonly #limits: { readonly range: number; readonly narrow: number; readonly many: number };

  constructor(limits = { range: RANGE, narrow: NARROW_RANGE, many: MANY }) {
    this.#limits = limits;
  }

  /**
   * Lists a directory. Yields as long as its first names are not there.
   *
   * @throws The errors of `Deno.readDirSync`.
   */
  *list(path: string): Generator<undefined, Names> {
    const names = new WideNames(path, this);
    try {
      while (!names.isReady()) yield undefined;
      return names;
    } catch (error) {
      if (error instanceof NoThread) return listDirectory(path, true);
      throw error;
    }
  }

  /** Asks for the names of a directory that follow `after`. */
  ask(path: string, after: string | undefined): void {
    const { range, narrow, many } = this.#limits;
    const limit = this.#held > many ? narrow : range;
    const answer = this.#answer ??= new SharedArrayBuffer(answerBytes(range));
    new Int32Array(answer, 0, HEAD / 4).fill(0);
    this.#thread ??= new Worker(wideThread(), { type: "module" });
    this.#asked = performance.now();
    this.#thread.postMessage({ path, after, limit, answer } satisfies RangeRequest);
  }

  /** Waits for the names that were asked for. Returns undefined if they are not there after a while. */
  answer(): Range | undefined {
    const head = new Int32Array(this.#answer!, 0, HEAD / 4);
    if (Atomics.wait(head, 0, STATE.WAITING, WAIT_MS) === "timed-out") {
      const hasBegun = Atomics.load(head, 3) !== 0;
      if (!hasBegun && performance.now() - this.#asked > START_MS) throw new NoThread();
      return undefined;
    }
    const text = new Uint8Array(this.#answer!, HEAD, head[1]).slice();
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

/** Milliseconds for which the walk waits without a pause. */
const WAIT_MS = 50;

/** Milliseconds within which the thread begins with a request, even on a busy machine. */
const START_MS = 60_000;

/** Error if the thread does not answer. Whatever the cause is, the walk must not wait forever. */
class NoThread extends Error {}

/** Names with their numbers: see `wide_thread.ts`. */
interface Range {
  readonly text: Uint8Array;
  /** Whether this is the last range. */
  readonly ended: boolean;
}

class WideNames implements Names {
  readonly #path: string;
  readonly #lister: WideLister;
  readonly #decoder = new TextDecoder();
  #range: Range = { text: new Uint8Array(), ended: false };
  #hasAsked = false;
  #at = 0;
  #last: string | undefined;
  #isDirectory = false;
  /** Number of further names that read like the last one. */
  #repeats = 0;

  constructor(path: string, lister: WideLister) {
    this.#path = path;
    this.#lister = lister;
  }

  isReady(): boolean {
    if (this.#repeats > 0 || this.#at < this.#range.text.length || this.#range.ended) return true;
    if (!this.#hasAsked) {
      this.#lister.release(this.#range);
      this.#lister.ask(this.#path, this.#last);
      this.#hasAsked = true;
    }
    const range = this.#lister.answer();
    if (range === undefined) return false;
    [this.#range, this.#at, this.#hasAsked] = [range, 0, false];
    return range.ended || range.text.length > 0;
  }

  next(): string | undefined {
    if (this.#repeats-- > 0) return this.#last;
    if (this.#at === this.#range.text.length) {
      this.#lister.release(this.#range);
      return undefined;
    }
    const number = Number(this.#take());
    this.#isDirectory = number % 2 === 1;
    this.#repeats = Math.floor(number / 2);
    return this.#last = this.#take();
  }

  isDirectory(): boolean {
    return this.#isDirectory;
  }

  stat(path: string): Stat {
    return Deno.lstatSync(path);
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

/** Returns the error that the thread has reported. */
function rethrown(text: string): Error {
  const { name, message, code } = JSON.parse(text) as { name: string; message: string; code?: string };
  const error = name === "NotCapable" ? new Deno.errors.NotCapable(message) : new Error(message);
  return code === undefined ? error : Object.assign(error, { code });
}
