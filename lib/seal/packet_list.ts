import { Buffer } from "node:buffer";

/** Packet that is complete in memory. */
export interface Packet {
  readonly tag: number;
  readonly body: Buffer;
}

/**
 * Returns the packets in `bytes`, in the old or the new format (RFC 9580 section 4.2); undefined if one is cut off or its length is
 * partial or undetermined.
 */
export function packetsIn(bytes: Buffer): readonly Packet[] | undefined {
  const packets: Packet[] = [];
  for (let at = 0; at < bytes.length;) {
    const head = headAt(bytes, at);
    if (head === undefined || head.end > bytes.length) return undefined;
    packets.push({ tag: head.tag, body: bytes.subarray(head.start, head.end) });
    at = head.end;
  }
  return packets;
}

function headAt(bytes: Buffer, at: number): { tag: number; start: number; end: number } | undefined {
  const [first = 0, second = 255] = bytes.subarray(at);
  const isNew = first >= 0xc0;
  const tag = isNew ? first & 0x3f : (first >> 2) & 0xf;
  const width = !isNew
    ? [1, 2, 4][first & 3]
    : second < 192
    ? 1
    : second < 224
    ? 2
    : second === 255
    ? 5
    : undefined;
  if (first < 0x80 || width === undefined || at + 1 + width > bytes.length) return undefined;
  const start = at + 1 + width;
  const number = (from: number): number => bytes.readUIntBE(from, start - from);
  const length = !isNew || width === 1
    ? number(at + 1)
    : width === 5
    ? number(at + 2)
    : number(at + 1) - (192 << 8) + 192;
  return { tag, start, end: start + length };
}
