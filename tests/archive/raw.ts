/** Archives by hand, after the table in POSIX: what no program writes, and an intruder may. */
import assert from "node:assert/strict";
import { Damage } from "../../lib/model/failure.ts";
import { unarchived } from "./making.ts";

const encoder = new TextEncoder();

/** A header block by hand, after the table in POSIX, with a checksum that is right. */
export function header(
  path: string,
  fields: Partial<
    Record<"mode" | "uid" | "size" | "mtime" | "type" | "link" | "magic" | "prefix" | "major", string>
  > = {},
): Uint8Array {
  const block = new Uint8Array(512);
  const put = (at: number, text: string): void => block.set(encoder.encode(text), at);
  const {
    mode = "0000644\0",
    uid = "0000000\0",
    size = "00000000000\0",
    mtime = "00000000000\0",
    type = "0",
  } = fields;
  put(0, path);
  put(100, mode);
  put(108, uid);
  put(116, "0000000\0");
  put(124, size);
  put(136, mtime);
  put(156, type);
  put(157, fields.link ?? "");
  put(257, fields.magic ?? "ustar\x0000");
  put(329, fields.major ?? "0000000\0");
  put(337, "0000000\0");
  put(345, fields.prefix ?? "");
  return resealed(block);
}

/** Puts the right checksum into a block. */
export function resealed(block: Uint8Array): Uint8Array {
  block.fill(0x20, 148, 156);
  const sum = block.reduce((sum, byte) => sum + byte, 0);
  block.set(encoder.encode(sum.toString(8).padStart(6, "0") + "\0 "), 148);
  return block;
}

export function padded(bytes: Uint8Array): Uint8Array {
  const block = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
  block.set(bytes);
  return block;
}

/** An archive by hand. */
export function tar(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from([...parts, new Uint8Array(1024)].flatMap((part) => [...part]));
}

/** An `x` header with records. */
export function pax(records: string | Uint8Array): Uint8Array {
  const bytes = typeof records === "string" ? encoder.encode(records) : records;
  const size = bytes.length.toString(8).padStart(11, "0") + "\0";
  return Uint8Array.from([...header("PaxHeaders/entry", { type: "x", size }), ...padded(bytes)]);
}

/** A pax record with the length that is right. */
export function record(key: string, value: string): string {
  const rest = encoder.encode(` ${key}=${value}\n`).length;
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

export function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0") + "\0";
}

export function refuses(bytes: Uint8Array, message: RegExp): void {
  for (const step of [bytes.length + 1, 512, 100]) {
    assert.throws(() => unarchived(bytes, step), (error) => {
      assert.ok(error instanceof Damage, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
}
