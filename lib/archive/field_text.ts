import type { Field } from "./layout.ts";
import { decodeText } from "./pax.ts";

/** Returns the text of a field of a header block, up to its first NUL. */
export function fieldText(block: Uint8Array, { at, length }: Field): string {
  if (block[at] === 0) return "";
  const bytes = block.subarray(at, at + length);
  const end = bytes.indexOf(0);
  return decodeText(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Reads a field that mostly has the text of the header before: decoding takes ten times as long as comparing. */
export class RepeatedText {
  readonly #field: Field;
  #text = "";

  constructor(field: Field) {
    this.#field = field;
  }

  /** Returns the text of the field in a header block, like {@linkcode fieldText}. */
  in(block: Uint8Array): string {
    if (!this.#isRepeated(block)) this.#text = fieldText(block, this.#field);
    return this.#text;
  }

  /** Whether the field has the last text, which is ASCII. */
  #isRepeated(block: Uint8Array): boolean {
    const { at, length } = this.#field;
    const text = this.#text;
    for (let index = 0; index < text.length; index++) {
      const byte = block[at + index]!;
      if (byte >= 0x80 || byte !== text.charCodeAt(index)) return false;
    }
    return text.length === length || block[at + text.length] === 0;
  }
}
