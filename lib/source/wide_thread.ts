/** Request to the thread for the first names of a directory that follow `after`. */
export interface RangeRequest {
  readonly path: string;
  readonly after: string | undefined;
  /** Approximate maximum of bytes of names. */
  readonly limit: number;
  /** Memory for the answer: {@link HEAD} bytes of numbers, then text in UTF-8. */
  readonly answer: SharedArrayBuffer;
}

/**
 * Bytes before the text of an answer: its state, the length of its text, whether it is the last one, whether
 * the thread has begun.
 */
export const HEAD = 16;

/** States of an answer. */
export const STATE = { WAITING: 0, LISTED: 1, FAILED: 2 } as const;

/**
 * Returns the maximum size of an answer in bytes: three bytes for each unit of UTF-16, the number of each
 * name, and the last name.
 */
export function answerBytes(limit: number): number {
  return HEAD + 20 * limit + 1024;
}

/** Returns the module of the thread, for `new Worker`. */
export function wideThread(): string {
  return `data:text/javascript;base64,${new TextEncoder().encode(`(${serve})();`).toBase64()}`;
}

/**
 * Runs in the thread. Its text is posted, so it must not refer to anything outside. Functions in it are
 * methods, because a bundler that keeps names wraps other functions in a helper of its own.
 *
 * Long because it is posted as one text. The thread uses `Deno.readDir`, which lists a directory piece by piece but must be awaited, which a walk
 * cannot do. `Deno.readDirSync`, and all of node:fs in Deno 2.9.6, list it at once: 400,000 names of 238
 * bytes take 350 MB.
 */
function serve(): void {
  const encoder = new TextEncoder();
  const lister = {
    /** Returns 1 for one of the two units of a code point above U+FFFF, else 0. */
    surrogate(unit: number): number {
      return (unit & 0xf800) === 0xd800 ? 1 : 0;
    },

    /** Compares in the order of UTF-8 bytes, which is the order of code points. */
    compare(one: string, other: string): number {
      const length = Math.min(one.length, other.length);
      for (let at = 0; at < length; at++) {
        const left = one.charCodeAt(at);
        const right = other.charCodeAt(at);
        if (left !== right) return lister.surrogate(left) - lister.surrogate(right) || left - right;
      }
      return one.length - other.length;
    },

    /** Returns the first of `names` in order, as many as fit into `limit` characters. */
    first(names: string[], limit: number): string[] {
      if (names.some((name) => /[\ud800-\udfff]/.test(name))) {
        names.sort((one, other) => lister.compare(one, other));
      } else names.sort();
      let [at, sum] = [0, 0];
      while (at < names.length && sum < limit) sum += names[at++]!.length;
      return names.slice(0, at);
    },

    /**
     * Returns the first names after `after`. Each is preceded by a number: whether it is a directory, plus
     * twice the number of further names that read the same.
     */
    async range({ path, after, limit }: RangeRequest): Promise<{ texts: string[]; ended: boolean }> {
      let kept = new Map<string, number>();
      let size = 0;
      let last: string | undefined; // names after this one do not fit
      for await (const { name, isDirectory } of Deno.readDir(path)) {
        if (after !== undefined && lister.compare(name, after) <= 0) continue;
        if (last !== undefined && lister.compare(name, last) > 0) continue;
        const known = kept.get(name);
        kept.set(name, known === undefined ? Number(isDirectory) : known + 2);
        if (known === undefined) size += name.length;
        if (size <= 1.5 * limit) continue;
        const names = lister.first([...kept.keys()], limit);
        if (names.length < kept.size) last = names.at(-1);
        kept = new Map(names.map((it) => [it, kept.get(it)!]));
        size = names.reduce((sum, it) => sum + it.length, 0);
      }
      const names = lister.first([...kept.keys()], limit);
      const ended = last === undefined && names.length === kept.size;
      return { texts: names.map((name) => `${kept.get(name)}/${name}/`), ended };
    },

    /** Writes an answer. Text cannot be encoded directly into shared memory. */
    reply(answer: SharedArrayBuffer, state: number, texts: readonly string[], ended: boolean): void {
      const head = new Int32Array(answer, 0, 4);
      const room = new Uint8Array(answer, 16);
      let length = 0;
      for (const text of texts) {
        const bytes = encoder.encode(text);
        room.set(bytes, length);
        length += bytes.length;
      }
      [head[1], head[2]] = [length, ended ? 1 : 0];
      Atomics.store(head, 0, state);
      Atomics.notify(head, 0);
    },
  };
  (globalThis as { onmessage?: unknown }).onmessage = async ({ data }: { data: RangeRequest }) => {
    try {
      Atomics.store(new Int32Array(data.answer, 0, 4), 3, 1);
      const { texts, ended } = await lister.range(data);
      lister.reply(data.answer, 1, texts, ended);
    } catch (error) {
      const { name, message, code } = error as Error & { code?: string };
      lister.reply(data.answer, 2, [JSON.stringify({ name, message, code })], true);
    }
  };
}
