import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Damage } from "../../lib/model/failure.ts";
import { ByteReader } from "../../lib/seal/byte_reader.ts";
import { definiteLength, readPacketBody, readPacketHeader, writePacket } from "../../lib/seal/packet.ts";
import { collect, noise, pieces } from "./bytes.ts";

/** A packet taken apart, and what follows it. */
async function read(bytes: Uint8Array, chunk = 1000): Promise<{ tag: number; body: Buffer; rest: Buffer }> {
  await using reader = new ByteReader(pieces(bytes, chunk), "The packet");
  const header = await readPacketHeader(reader);
  const body = await collect(readPacketBody(reader, header));
  return { tag: header.tag, body, rest: await collect(reader.rest()) };
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(" ", ""), "hex");
}

Deno.test("lengths are written as in RFC 9580 section 4.2.1.5", () => {
  for (const [length, octets] of [[100, "64"], [1723, "c5fb"], [100_000, "ff000186a0"]] as const) {
    assert.equal(definiteLength(length).toHex(), octets);
  }
  assert.equal(definiteLength(191).length, 1);
  assert.equal(definiteLength(192).toHex(), "c000");
  assert.equal(definiteLength(8383).toHex(), "dfff");
  assert.equal(definiteLength(8384).length, 5);
  assert.equal(definiteLength(2 ** 32 - 1).toHex(), "ffffffffff");
});

Deno.test("a packet is read back in any chunks", async () => {
  const chunks = fc.array(fc.integer({ min: 0, max: 2 ** 17 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(chunks, fc.integer({ min: 1000, max: 10 ** 6 }), async (sizes, chunk) => {
      const body = sizes.map((size) => noise(size, String(size)));
      const packet = await collect(writePacket(11, body));
      assert.deepEqual(await read(Buffer.concat([packet, Buffer.from("rest")]), chunk), {
        tag: 11,
        body: Buffer.concat(body),
        rest: Buffer.from("rest"),
      });
    }),
    { numRuns: 30 },
  );
});

Deno.test("the last length is never a partial one", async () => {
  for (const size of [0, 1, 2 ** 18 - 1, 2 ** 18, 2 ** 18 + 1, 2 ** 19, 2 ** 19 + 1]) {
    const packet = await collect(writePacket(18, [noise(size)]));
    const partials = Math.max(0, Math.ceil(size / 2 ** 18) - 1);
    const last = definiteLength(size - partials * 2 ** 18);
    assert.equal(packet.length, 1 + partials + size + last.length);
    for (let number = 0; number < partials; number++) {
      assert.equal(packet[1 + number * (2 ** 18 + 1)], 0xf2);
    }
    assert.deepEqual(
      packet.subarray(1 + partials * (2 ** 18 + 1)).subarray(0, last.length),
      Buffer.from(last),
    );
  }
});

Deno.test("packets of the old format are read", async () => {
  const body = noise(300);
  const cases = [hex("ac 05"), hex("ad 012c"), hex("ae 0000012c")];
  for (const [number, head] of cases.entries()) {
    const expected = Buffer.from(body.subarray(0, number === 0 ? 5 : 300));
    assert.deepEqual(await read(Buffer.concat([head, body])), {
      tag: 11,
      body: expected,
      rest: Buffer.from(body.subarray(expected.length)),
    });
  }
});

Deno.test("a body in pieces of 512 bytes is read, and in smaller ones refused, first or later", async () => {
  const body = noise(512);
  const good = Buffer.concat([hex("cb e9"), body, hex("e9"), body, hex("00")]);
  assert.equal((await read(good)).body.length, 1024);
  for (const exponent of [0, 1, 8]) {
    const length = Buffer.from([224 + exponent]);
    const small = Buffer.concat([length, body.subarray(0, 2 ** exponent), hex("00")]);
    await assert.rejects(read(Buffer.concat([hex("cb"), small])), Damage);
    await assert.rejects(read(Buffer.concat([hex("cb e9"), body, small])), Damage);
  }
});

Deno.test("data that are no packet, or an incomplete one, are damage", async () => {
  const bad = [
    "",
    "00",
    "7f 01",
    "cb",
    "cb c0",
    "cb ff 000000",
    "cb 02 01",
    "ad 01",
    "af 0102",
    "cb e1 01",
    "cb e1 0102",
    "cb e0 01 01",
  ];
  for (const packet of bad) await assert.rejects(read(hex(packet)), Damage, packet);
});
