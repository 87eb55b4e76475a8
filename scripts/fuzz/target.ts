import type { Dice } from "../simulate/dice.ts";

/** A decoder, what to feed it with, and what has to hold of it. */
export interface Target {
  readonly name: string;
  /** Good inputs: what mutations begin with. */
  samples(): Promise<readonly Uint8Array[]> | readonly Uint8Array[];
  /** Words that a decoder looks for; mutations put them in. */
  readonly words?: readonly string[];
  /** Makes an input that bytes alone hardly become: a structure that is changed, with right checksums around it. */
  make?(sample: Uint8Array, dice: Dice): Uint8Array;
  /**
   * Decodes an input. It returns what was taken, or throws what is thrown to refuse it.
   *
   * @throws {Broken} if something that was taken is not the same when it is encoded again.
   */
  run(input: Uint8Array): unknown;
  /** Whether an error is one by which the decoder refuses. Anything else is a finding. */
  refuses(error: unknown): boolean;
}

/** A property of a decoder does not hold. */
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

/** Bytes as a stream in pieces of a size. */
export async function* streamOf(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < bytes.length; at += size) yield Uint8Array.from(bytes.subarray(at, at + size));
}
