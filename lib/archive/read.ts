import type { Entry } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import { BadMember, checkBlock, decodeHeader, flagOf } from "./decode.ts";
import { BLOCK, FIELDS, isZero, MAX_FILL, MAX_PAX_BYTES, padded, PAX_FLAG } from "./layout.ts";
import { readNumber } from "./number.ts";
import { decodeRecords } from "./pax.ts";

/**
 * Receives the content of an archive in order: for each member `entry`, its `content` in pieces, and `end`.
 */
export interface ArchiveSink {
  entry(entry: Entry): void;
  /**
   * Receives, instead of an entry, the reason why a member is none. Its content follows all the same. Without
   * this method, the reason is thrown.
   */
  bad?(why: Damage): void;
  /** Receives the next bytes of a file, at least one. They are valid during the call only. */
  content(bytes: Uint8Array): void;
  end(): void;
}

/**
 * State of the reader: the kind of the next bytes. Headers and records are collected until they are complete.
 */
type State = "header" | "records" | "content" | "padding" | "trailer";

const NO_RECORDS: ReadonlyMap<string, string> = new Map();

/**
 * Reads a tar archive that is pushed into it in chunks of any size. It accepts archives of {@link archive},
 * and archives that other programs write in the pax format with the same types. It is as strict as possible
 * with everything else, because an archive is written by an untrusted host. Only bytes that cross the border
 * of two chunks are copied.
 *
 * Every fault of an archive is a {@link Damage}; after one, nothing more can be read. Errors of the sink are
 * passed on.
 */
export class ArchiveReader {
  readonly #sink: ArchiveSink;
  #state: State = "header";
  /** Number of bytes until the state changes. */
  #left = BLOCK;
  /**
   * Bytes that were collected from earlier chunks, in a buffer of the final size; undefined if there are
   * none.
   */
  #gathered: Uint8Array | undefined;
  /** Size of the content or of the records, without padding. */
  #size = 0;
  #records = NO_RECORDS;
  #zeroBlocks = 0;

  constructor(sink: ArchiveSink) {
    this.#sink = sink;
  }

  /**
   * Reads the next bytes of the archive.
   *
   * @throws {Damage} if they cannot be the next bytes of an archive.
   */
  write(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + this.#left);
      at += part.length;
      this.#left -= part.length;
      this.#take(part);
    }
  }

  /**
   * Ends the archive.
   *
   * @throws {Damage} if it is incomplete.
   */
  close(): void {
    if (this.#state !== "trailer") throw new Damage("The archive ends in the middle");
  }

  #take(part: Uint8Array): void {
    switch (this.#state) {
      case "header":
      case "records":
        return this.#gather(part);
      case "content":
        this.#sink.content(part);
        return this.#left === 0 ? this.#endContent() : undefined;
      case "padding":
        mustBeZero(part);
        if (this.#left === 0) this.#expect("header", BLOCK);
        return;
      case "trailer":
        mustBeZero(part);
        if (this.#left === 0) throw new Damage("The archive continues with zeros after its end");
    }
  }

  #endContent(): void {
    this.#sink.end();
    const padding = padded(this.#size) - this.#size;
    if (padding > 0) this.#expect("padding", padding);
    else this.#expect("header", BLOCK);
  }

  #gather(part: Uint8Array): void {
    const whole = this.#gathered ?? (this.#left === 0 ? part : new Uint8Array(part.length + this.#left));
    if (whole !== part) whole.set(part, whole.length - this.#left - part.length);
    this.#gathered = this.#left === 0 ? undefined : whole;
    if (this.#left > 0) return;
    if (this.#state === "header") this.#header(whole);
    else this.#takeRecords(whole);
  }

  #header(block: Uint8Array): void {
    if (isZero(block)) return this.#zeroBlock();
    if (this.#zeroBlocks > 0) throw new Damage("The archive has a lone block of zeros between its entries");
    checkBlock(block);
    if (flagOf(block) === PAX_FLAG) return this.#announceRecords(block);
    this.#size = this.#member(block);
    this.#records = NO_RECORDS;
    if (this.#size > 0) return this.#expect("content", this.#size);
    this.#sink.end();
    this.#expect("header", BLOCK);
  }

  /** Passes a member to the sink, and returns the size of its content in bytes. */
  #member(block: Uint8Array): number {
    let entry: Entry;
    try {
      entry = decodeHeader(block, this.#records);
    } catch (error) {
      if (!(error instanceof BadMember) || this.#sink.bad === undefined) throw error;
      this.#sink.bad(error);
      return error.size;
    }
    this.#sink.entry(entry);
    return entry.size;
  }

  /** Counts a zero block. Two of them end the archive; zeros may follow, because GNU tar fills 20 blocks. */
  #zeroBlock(): void {
    if (this.#records !== NO_RECORDS) {
      throw new Damage("The archive ends between the two headers of an entry");
    }
    this.#zeroBlocks++;
    if (this.#zeroBlocks === 2) this.#expect("trailer", MAX_FILL + 1);
    else this.#expect("header", BLOCK);
  }

  #announceRecords(block: Uint8Array): void {
    const size = readNumber(block, FIELDS.size, "size");
    if (size === 0 || size > MAX_PAX_BYTES || this.#records !== NO_RECORDS) {
      throw new Damage(
        `The archive has ${size} bytes of extended header records, which is more than is allowed here`,
      );
    }
    this.#size = size;
    this.#expect("records", padded(size));
  }

  #takeRecords(bytes: Uint8Array): void {
    this.#records = decodeRecords(bytes.subarray(0, this.#size));
    if (!isZero(bytes.subarray(this.#size))) {
      throw new Damage("The archive has data where there must be zeros");
    }
    this.#expect("header", BLOCK);
  }

  #expect(state: State, bytes: number): void {
    this.#state = state;
    this.#left = bytes;
  }
}

function mustBeZero(bytes: Uint8Array): void {
  if (!isZero(bytes)) throw new Damage("The archive has data where there must be zeros");
}
