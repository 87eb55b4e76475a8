import { pipeline, type Readable, Transform, type TransformCallback } from "node:stream";

/**
 * Maximum size in bytes of an answer that is no object. The largest is a page of a list: 1,000 keys of 1,024 bytes, which take
 * three characters each, and as much around them.
 */
const MAX_ANSWER = 8 * 1024 * 1024;

/** Error for an answer above the limit. */
export class AnswerTooLarge extends Error {
  override readonly name = "AnswerTooLarge";
}

/** Request, as far as it shows what its answer is. */
interface Asked {
  readonly query?: Readonly<Record<string, unknown>> | undefined;
}

interface Answer {
  readonly statusCode: number;
  body?: Readable;
}

/**
 * Limits the size of an answer, which the SDK keeps in memory as a whole. The content of an object is not limited here: its
 * reader knows how large it may be.
 */
export function limitAnswer({ query }: Asked, answer: Answer): void {
  const isObject = query?.["x-id"] === "GetObject" && answer.statusCode < 300;
  if (isObject || answer.body === undefined) return;
  answer.body = pipeline(answer.body, new Limit(), () => {}); // the reader of the body gets the error
}

/** Passes bytes on, up to the limit. */
class Limit extends Transform {
  #bytes = 0;

  override _transform(chunk: Uint8Array, _: string, done: TransformCallback): void {
    this.#bytes += chunk.length;
    done(this.#bytes > MAX_ANSWER ? new AnswerTooLarge("The answer is too large") : null, chunk);
  }
}
