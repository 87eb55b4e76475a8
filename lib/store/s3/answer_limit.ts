import { pipeline, type Readable, Transform, type TransformCallback } from "node:stream";

/**
 * Maximum size in bytes of an answer that is no object. The largest is a page of a list: 1,000 keys of 1,024 bytes, which take
 * three characters each, and as much around them.
 */
const MAX_ANSWER = 8 * 1024 * 1024;

/** Maximum size in bytes of an error. Those of S3 have less than 1 KiB; load balancers send pages. */
const MAX_ERROR = 64 * 1024;

/** Maximum number of `<` in an answer: a page of a list has 1,000 entries with some 30 each. */
const MAX_TAGS = 100_000;

/** Maximum number of bytes between `<` and `>` in an answer: a page of a list has 1,000 entries with some 350 each. */
const MAX_MARKUP = 2 * 1024 * 1024;

/** Maximum number of bytes after a `<`: a text and the attributes before it. The longest are policies of 20 KB. */
const MAX_TEXT = 64 * 1024;

/** Maximum number of `<!`: comments and DOCTYPEs, of which S3 has none. Error pages of servers have a few. */
const MAX_DECLARATIONS = 100;

const [LESS, GREATER, BANG] = [0x3c, 0x3e, 0x21];

/** Error for an answer above a limit. */
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
 * Limits the size and the form of an answer, which the SDK keeps in memory and parses as a whole, in one go. Its parser (3.972)
 * takes time that is quadratic in the number of DOCTYPEs, and 100 bytes for each byte of a long text or a short tag. The content of
 * an object is not limited here: its reader knows how large it may be.
 */
export function limitAnswer({ query }: Asked, answer: Answer): void {
  const isObject = query?.["x-id"] === "GetObject" && answer.statusCode < 300;
  if (isObject || answer.body === undefined) return;
  const limit = new Limit(answer.statusCode < 300 ? MAX_ANSWER : MAX_ERROR);
  answer.body = pipeline(answer.body, limit, () => {}); // the reader of the body gets the error
}

/** Counts of an answer so far. */
interface Form {
  readonly tags: number;
  readonly declarations: number;
  /** Number of bytes in tags. */
  readonly markup: number;
  readonly isInTag: boolean;
  /** Number of bytes since the last `<`. */
  readonly text: number;
}

/** Passes bytes on, up to the limits. */
class Limit extends Transform {
  readonly #maxBytes: number;
  #bytes = 0;
  #form: Form = { tags: 0, declarations: 0, markup: 0, isInTag: false, text: 0 };

  constructor(maxBytes: number) {
    super();
    this.#maxBytes = maxBytes;
  }

  override _transform(chunk: Uint8Array, _: string, done: TransformCallback): void {
    this.#bytes += chunk.length;
    const isSmall = this.#bytes <= this.#maxBytes && this.#isSimple(chunk);
    done(isSmall ? null : new AnswerTooLarge("The answer is too large"), chunk);
  }

  /** Counts in local variables: fields would take three times as long, and a list has hundreds of kilobytes. */
  #isSimple(chunk: Uint8Array): boolean {
    let { tags, declarations, markup, isInTag, text } = this.#form;
    let longest = text;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === LESS) {
        tags += 1;
        text = 0;
        isInTag = true;
        continue;
      }
      if (byte === GREATER) isInTag = false;
      if (isInTag) markup += 1;
      if (byte === BANG && text === 0) declarations += 1;
      text += 1;
      if (text > longest) longest = text;
    }
    this.#form = { tags, declarations, markup, isInTag, text };
    return longest <= MAX_TEXT && tags <= MAX_TAGS && markup <= MAX_MARKUP &&
      declarations <= MAX_DECLARATIONS;
  }
}
