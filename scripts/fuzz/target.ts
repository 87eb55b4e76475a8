import type { Dice } from "../simulate/dice.ts";

/** Decoder with its inputs and its properties. */
export interface Target {
  readonly name: string;
  /** Valid inputs that mutations start from. */
  samples(): Promise<readonly Uint8Array[]> | readonly Uint8Array[];
  /** Words that the decoder looks for. Mutations insert them. */
  readonly words?: readonly string[];
  /** Creates an input that byte mutations rarely produce: a changed structure with correct checksums. */
  make?(sample: Uint8Array, dice: Dice): Uint8Array;
  /**
   * Decodes an input. Returns the accepted value, or throws the error that refuses it.
   *
   * @throws {Broken} if an accepted value is not the same after encoding.
   */
  run(input: Uint8Array): unknown;
  /** Returns whether an error is a regular refusal. Any other error is a finding. */
  refuses(error: unknown): boolean;
}

/** Error for a property of a decoder that does not hold. */
export class Broken extends Error {
  override readonly name = "Broken";
}

/** @throws {Broken} if `holds` is false. */
export function demand(holds: boolean, what: string): void {
  if (!holds) throw new Broken(what);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Returns bytes as a stream in pieces of a size. */
export async function* streamOf(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < bytes.length; at += size) yield Uint8Array.from(bytes.subarray(at, at + size));
}
