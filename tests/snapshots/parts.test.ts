/** Where the objects of a volume are found, and that they are those that a receipt names. */
import assert from "node:assert/strict";
import { commitment, sha256 } from "../../lib/model/digest.ts";
import { Damage } from "../../lib/model/failure.ts";
import { dumpPartName, indexPartName, objectKey, volumePartName } from "../../lib/model/name.ts";
import type { AdoptedVolume, PartRecord } from "../../lib/model/receipt.ts";
import { adoptedObjects, committedObjects, locate, objectsOf, readPart } from "../../lib/snapshots/parts.ts";
import type { ListOptions, StoreReader } from "../../lib/store/contract.ts";
import { memoryStore } from "../support/memory_store.ts";
import { idAt } from "../support/forger.ts";

const HOST = "web1.example.org";
const [ID, OLDER] = [idAt("20261123T050000", 2), idAt("20261122T050000", 1)];
const DIRECTORY = { host: HOST, id: ID };
const SIGNAL = new AbortController().signal;

/** Bytes of a part, different for each. */
function content(volume: number, part: number): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`volume ${volume}, part ${part}`);
}

/** A store in which a run that broke off left volumes of so many parts each, beside other objects. */
function leftBehind(parts: Readonly<Record<number, number>>): { reader: StoreReader; lists: unknown[] } {
  const { objects, reader } = memoryStore();
  const put = (name: string, bytes: Uint8Array<ArrayBuffer>): void =>
    void objects.set(objectKey(HOST, OLDER, name), { bytes, storedAt: new Date() });
  for (const [volume, count] of Object.entries(parts)) {
    for (let part = 0; part < count; part += 1) {
      const bytes = content(Number(volume), part);
      const nameOf = Number(volume) % 2 === 0 ? dumpPartName : volumePartName;
      put(nameOf(Number(volume), part, sha256(bytes), "zstd"), bytes);
    }
  }
  put("000002.junk", content(0, 0));
  put(indexPartName(0, sha256(content(9, 9)), "zstd"), content(9, 9));
  const lists: unknown[] = [];
  const list = (prefix: string, options: ListOptions = {}): ReturnType<StoreReader["list"]> => {
    lists.push([prefix, options.after]);
    return reader.list(prefix, options);
  };
  return { reader: { ...reader, list }, lists };
}

/** A volume of which a receipt knows commitments only. */
function adopted(number: number, parts: number): AdoptedVolume {
  return {
    number: number + 10,
    entries: 1,
    plain: 1,
    from: { snapshot: OLDER, number },
    parts: Array.from({ length: parts }, (_, part) => ({
      size: content(number, part).length,
      commitment: commitment(sha256(content(number, part))),
    })),
  } as unknown as AdoptedVolume;
}

Deno.test("the parts of a volume of its own lie in the directory of a snapshot, and nothing is asked", async () => {
  const parts = [{ name: "a", size: 1, sha256: "0".repeat(64) }];
  const volume = { number: 1, entries: 1, plain: 1, parts };
  const { reader, lists } = leftBehind({});
  assert.deepEqual(await locate(reader, DIRECTORY, volume, SIGNAL), { directory: DIRECTORY, parts });
  assert.deepEqual(lists, []);
});

Deno.test("the parts of an adopted volume are found by their commitments, in order and with their names", async () => {
  const { reader } = leftBehind({ 1: 1, 2: 3, 3: 1 });
  const located = await locate(reader, DIRECTORY, adopted(2, 3), SIGNAL);
  assert.deepEqual(located.directory, { host: HOST, id: OLDER });
  assert.deepEqual(located.parts.map(({ size }) => size), [0, 1, 2].map((part) => content(2, part).length));
  for (const [part, record] of located.parts.entries()) {
    assert.equal(record.name, dumpPartName(2, part, sha256(content(2, part)), "zstd"));
    assert.deepEqual(await readPart(reader, located.directory, record, SIGNAL), content(2, part));
  }
});

Deno.test("one list finds the volumes that are asked for, however many lie between and beside them", async () => {
  const { reader, lists } = leftBehind({ 1: 1, 2: 2, 3: 1, 4: 1, 5: 2, 6: 1 });
  const volumes = [adopted(5, 2), adopted(2, 2)];
  const found = await committedObjects(reader, HOST, volumes, SIGNAL);
  assert.equal(found.size, 4);
  assert.deepEqual(volumes.map((it) => objectsOf(it, found).map(({ sha256 }) => sha256)), [
    [0, 1].map((part) => sha256(content(5, part))),
    [0, 1].map((part) => sha256(content(2, part))),
  ]);
  assert.deepEqual(lists, [[objectKey(HOST, OLDER, ""), objectKey(HOST, OLDER, "000002.")]]);
});

Deno.test("for one volume only its own names are listed, and for none nothing is", async () => {
  const { reader, lists } = leftBehind({ 1: 1, 2: 1, 3: 1 });
  await adoptedObjects(reader, HOST, adopted(3, 1), SIGNAL);
  assert.deepEqual(lists.map((it) => (it as string[])[0]), [objectKey(HOST, OLDER, "000003.")]);
  assert.equal((await committedObjects(reader, HOST, [], SIGNAL)).size, 0);
  assert.equal(lists.length, 1);
});

Deno.test("an adopted volume with a part missing, or of another size, is damage that names the part", async () => {
  const { reader } = leftBehind({ 2: 2 });
  await assert.rejects(
    adoptedObjects(reader, HOST, adopted(2, 3), SIGNAL),
    (error) => error instanceof Damage && error.message.includes(`Part 2 of volume 2, which ${OLDER} had`),
  );
  const volume = adopted(2, 2);
  const [first, second] = volume.parts;
  const other = { ...volume, parts: [{ ...first!, size: first!.size + 1 }, second!] };
  await assert.rejects(adoptedObjects(reader, HOST, other, SIGNAL), Damage);
});

Deno.test("a part is read only with the digest and the size in its receipt", async () => {
  const bytes = content(1, 0);
  const good: PartRecord = { name: "part", size: bytes.length, sha256: sha256(bytes) };
  const { reader, objects } = memoryStore();
  objects.set(objectKey(HOST, ID, "part"), { bytes, storedAt: new Date() });
  assert.deepEqual(await readPart(reader, DIRECTORY, good, SIGNAL), bytes);
  const bad: [Partial<PartRecord>, RegExp][] = [
    [{ size: bytes.length - 1 }, /larger/],
    [{ size: bytes.length + 1 }, /is not what/],
    [{ sha256: sha256(content(2, 0)) }, /is not what/],
    [{ name: "none" }, /missing/],
  ];
  for (const [changes, message] of bad) {
    await assert.rejects(
      readPart(reader, DIRECTORY, { ...good, ...changes }, SIGNAL),
      (error) => error instanceof Damage && message.test(error.message),
      JSON.stringify(changes),
    );
  }
});
