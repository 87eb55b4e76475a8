import { Buffer } from "node:buffer";
import { ftruncateSync, writeSync } from "node:fs";

/**
 * Minimum length in bytes of a hole. Shorter runs of zeros are written, because a hole costs a file system
 * more.
 */
const MIN_HOLE = 64 * 1024;

/** Block size in bytes. A block is either data or zeros. Most file systems allocate no smaller blocks. */
const BLOCK = 4096;

const ZEROS = new Uint8Array(BLOCK);

/** Writes the content of a file from its beginning, and leaves holes for long runs of zeros. */
export class SparseWriter {
  readonly #file: number;
  /** Number of bytes that are written or left out. */
  #written = 0;
  /** Number of zeros that follow them. */
  #zeros = 0;

  /**
   * Creates a writer.
   *
   * @param file Descriptor of a new file.
   */
  constructor(file: number) {
    this.#file = file;
  }

  /** Appends content. */
  write(bytes: Uint8Array): void {
    let data = 0;
    for (let at = 0; at < bytes.length;) {
      const position = this.#written + this.#zeros + at - data;
      const end = Math.min(bytes.length, at + BLOCK - position % BLOCK);
      if (isZero(bytes.subarray(at, end))) {
        this.#flush(bytes.subarray(data, at));
        this.#zeros += end - at;
        data = end;
      } else this.#endRun();
      at = end;
    }
    this.#flush(bytes.subarray(data));
  }

  /** Sets the size of the file, in case it ends with a hole. */
  close(): void {
    this.#endRun();
    ftruncateSync(this.#file, this.#written);
  }

  /** Leaves out the zeros before the next data, or writes them if there are too few. */
  #endRun(): void {
    const zeros = this.#zeros;
    this.#zeros = 0;
    if (zeros >= MIN_HOLE) this.#written += zeros;
    else if (zeros > 0) this.#flush(new Uint8Array(zeros));
  }

  #flush(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const count = writeSync(this.#file, bytes, at, bytes.length - at, this.#written);
      at += count;
      this.#written += count;
    }
  }
}

function isZero(bytes: Uint8Array): boolean {
  return Buffer.compare(bytes, ZEROS.subarray(0, bytes.length)) === 0;
}
