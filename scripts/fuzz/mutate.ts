import type { Dice } from "../simulate/dice.ts";
import { bytesOf } from "./target.ts";

/** Bytes and numbers that decoders treat specially. */
const EDGES = [0, 1, 0x0a, 0x20, 0x22, 0x2d, 0x2f, 0x30, 0x39, 0x5c, 0x7f, 0x80, 0xc0, 0xe0, 0xf0, 0xff];

/** Maximum size of an input in bytes. */
const MAX_BYTES = 200_000;

type Mutation = (bytes: Uint8Array, dice: Dice, other: Uint8Array, words: readonly string[]) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  (bytes, dice) => changed(bytes, dice, (byte) => byte ^ (1 << dice.below(8))),
  (bytes, dice) => changed(bytes, dice, () => dice.below(256)),
  (bytes, dice) => changed(bytes, dice, () => dice.pick(EDGES)),
  (bytes, dice) => changed(bytes, dice, (byte) => byte + (dice.chance(0.5) ? 1 : 255)),
  (bytes, dice) => bytes.slice(0, dice.below(bytes.length + 1)),
  (bytes, dice) => without(bytes, ...range(bytes, dice)),
  (bytes, dice) => {
    const [from, to] = range(bytes, dice);
    return put(bytes, dice.below(bytes.length + 1), bytes.slice(from, to));
  },
  (bytes, dice) => put(bytes, dice.below(bytes.length + 1), Uint8Array.of(dice.pick(EDGES))),
  (bytes, dice) =>
    put(bytes, dice.below(bytes.length + 1), new Uint8Array(dice.below(600)).fill(dice.pick(EDGES))),
  (bytes, dice, other) => {
    const [from, to] = range(other, dice);
    return put(bytes, dice.below(bytes.length + 1), other.slice(from, to));
  },
  (bytes, dice, other) => {
    const at = dice.below(Math.min(bytes.length, other.length) + 1);
    return put(bytes.slice(0, at), at, other.slice(at));
  },
  (bytes, dice, _, words) => {
    if (words.length === 0) return bytes;
    const [from] = range(bytes, dice);
    const word = bytesOf(dice.pick(words));
    return put(dice.chance(0.5) ? without(bytes, from, from + word.length) : bytes, from, word);
  },
];

/** Returns `bytes` with a few changes, some with pieces of `other`. */
export function mutated(
  bytes: Uint8Array,
  other: Uint8Array,
  words: readonly string[],
  dice: Dice,
): Uint8Array {
  let result = bytes;
  for (let left = 1 + dice.below(1 + dice.below(6)); left > 0; left--) {
    result = dice.pick(MUTATIONS)(result, dice, other, words);
  }
  return result.slice(0, MAX_BYTES);
}

function changed(bytes: Uint8Array, dice: Dice, change: (byte: number) => number): Uint8Array {
  const result = Uint8Array.from(bytes);
  const at = dice.below(result.length || 1);
  if (at < result.length) result[at] = change(result[at]!);
  return result;
}

/** Returns a piece, mostly a short one. */
function range(bytes: Uint8Array, dice: Dice): [from: number, to: number] {
  const from = dice.below(bytes.length + 1);
  return [from, Math.min(bytes.length, from + dice.below(dice.chance(0.8) ? 16 : 1024))];
}

function without(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return put(bytes.slice(0, from), from, bytes.slice(to));
}

function put(bytes: Uint8Array, at: number, piece: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length + piece.length);
  result.set(bytes.subarray(0, at));
  result.set(piece, at);
  result.set(bytes.subarray(at), at + piece.length);
  return result;
}

/** Values to try in a field of a structure. */
const VALUES: readonly unknown[] = [
  ...[0, -0, 1, -1, 0.5, 1e3, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 - 1, -(2 ** 53), 1e308, NaN, Infinity],
  ...["", "0", "a", "..", "../x", "a/b", "/", "\0", "\ud800", "\u202e", "__proto__", "x".repeat(5000)],
  ...[null, true, false, undefined, [], {}, [[]], [null], { __proto__: null }],
];

/** Returns a copy of a value with one part changed, removed, doubled or moved. */
export function changedValue(value: unknown, dice: Dice): unknown {
  if (typeof value !== "object" || value === null || dice.chance(0.1)) return dice.pick(VALUES);
  if (Array.isArray(value)) {
    const copy = [...value];
    const at = dice.below(copy.length + 1);
    const turn = dice.share();
    if (turn < 0.15) copy.splice(at, 1);
    else if (turn < 0.3) copy.splice(at, 0, copy[dice.below(copy.length || 1)]);
    else if (turn < 0.35) copy.reverse();
    else copy[at] = changedValue(copy[at], dice);
    return copy;
  }
  const copy = { ...value } as Record<string, unknown>;
  const key = dice.pick([...Object.keys(copy), "x"]);
  const turn = dice.share();
  if (turn < 0.1) delete copy[key];
  else if (turn < 0.2) copy[dice.pick([...Object.keys(copy), "extra", "__proto__", "toString"])] = copy[key];
  else copy[key] = changedValue(copy[key], dice);
  return copy;
}
