import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Catalog } from "../../lib/catalog/catalog.ts";
import { CatalogTrouble } from "../../lib/catalog/database.ts";
import { type Entry } from "../../lib/model/entry.ts";
import { sha256 } from "../../lib/model/digest.ts";
import { made, NOW, type Room, TERMS, withRoom } from "./sample_catalog.ts";

const TREE = Array.from({ length: 5000 }, (_, at) => made(`f${String(at).padStart(5, "0")}`, { size: at }));

function alter(room: Room, sql: string): void {
  using sqlite = new DatabaseSync(room.file);
  sqlite.exec(sql);
}

const DOUBTS: [what: string, spoil: (room: Room) => void, why: RegExp][] = [
  ["that is gone", ({ file }) => Deno.removeSync(file), /it is gone/],
  ["that is empty", ({ file }) => Deno.truncateSync(file), /it is incomplete/],
  [
    "that is no database",
    ({ file }) => Deno.writeTextFileSync(file, "something else\n".repeat(1000)),
    /not a database/,
  ],
  [
    "whose head is cut off",
    ({ file }) => Deno.writeFileSync(file, Deno.readFileSync(file).subarray(4096)),
    /not a database/,
  ],
  ["that others can read", ({ file }) => Deno.chmodSync(file, 0o644), /others could read it/],
  ["that is a symlink", ({ file }) => {
    Deno.renameSync(file, `${file}.elsewhere`);
    Deno.symlinkSync(`${file}.elsewhere`, file);
  }, /not a file/],
  ["that is a directory", ({ file }) => {
    Deno.removeSync(file);
    Deno.mkdirSync(`${file}/in`, { recursive: true });
  }, /not a file/],
  ["of a newer nightdrop", (room) => alter(room, "PRAGMA user_version = 99"), /a newer nightdrop wrote it/],
  ["of another host", (room) => room.as({ host: "web2" }), /another host's/],
  ["of other settings", (room) => room.as({ settings: { recipients: "b" } }), /recipients changed/],
  ["that is older than the last receipt", (room) => room.as({ receipts: ["f".repeat(64)] }), /last backup/],
  ["of a host that began its chain anew", (room) => room.as({ receipts: [] }), /last backup/],
  ["without its header", (room) => alter(room, "DELETE FROM header"), /it is incomplete/],
];

for (const [what, spoil, why] of DOUBTS) {
  Deno.test(`a catalog ${what} is reported and causes one full backup`, () =>
    withRoom((room) => {
      room.run(TREE);
      spoil(room);
      const { sent, summary } = room.run(TREE);
      assert.match(room.doubt!, why);
      assert.deepEqual([sent.length, summary.needs], [TREE.length, []]);
      assert.equal(room.run(TREE).sent.length, 0, "and the next is none");
      assert.equal(Deno.statSync(room.file).mode! & 0o777, 0o600);
    }));
}

const SPOILED: [what: string, spoil: (room: Room) => void][] = [
  ["cut in the middle", ({ file }) => Deno.truncateSync(file, Deno.statSync(file).size / 2)],
  ["with garbage in its pages", ({ file }) => {
    const bytes = Deno.readFileSync(file);
    Deno.writeFileSync(file, bytes.map((it, at) => at > 8192 && at % 5 === 0 ? it ^ 0x5a : it));
  }],
  ["whose entries lie in volumes that it does not know", (room) => alter(room, "DELETE FROM volume")],
  ["whose volumes belong to no snapshot", (room) => alter(room, "UPDATE volume SET receipt = NULL")],
  ["that lost an entry", (room) => alter(room, "DELETE FROM entry WHERE key LIKE '%f00042'")],
  ["with an entry from nowhere", (room) => alter(room, "INSERT INTO entry VALUES ('0000x', 'f', 1, 1, 1)")],
  [
    "with another path",
    (room) => alter(room, "UPDATE entry SET key = '0000f00042b' WHERE key LIKE '%f00042'"),
  ],
  [
    "with an entry in another volume",
    (room) => alter(room, "UPDATE entry SET volume = 2 WHERE key LIKE '%f00042'"),
  ],
  ["with another size", (room) => alter(room, "UPDATE entry SET size = size + 1 WHERE key LIKE '%f00042'")],
  [
    "with an entry that came back",
    (room) => alter(room, "UPDATE entry SET gone = 1 WHERE key LIKE '%f00042'"),
  ],
  [
    "with two entries swapped",
    (room) =>
      alter(
        room,
        `UPDATE entry SET signature = (SELECT signature FROM entry AS it WHERE it.key = CASE entry.key
        WHEN '0000f00042' THEN '0000f00043' ELSE '0000f00042' END) WHERE key IN ('0000f00042', '0000f00043')`,
      ),
  ],
  ["with a younger volume", (room) => alter(room, "UPDATE volume SET taken = taken + 86400000")],
  ["with another volume's number", (room) => alter(room, "UPDATE volume SET number = number + 1")],
  ["with another receipt", (room) => alter(room, "UPDATE volume SET receipt = replace(receipt, '0', '1')")],
  [
    "that says something else of itself",
    (room) => alter(room, "UPDATE header SET about = replace(about, '61', '99')"),
  ],
  ["with another table", (room) => alter(room, "CREATE TABLE other (a)")],
  ["without its index", (room) => alter(room, "DROP INDEX gone")],
  ["without its table of entries", (room) => alter(room, "DROP TABLE entry")],
];

for (const [what, spoil] of SPOILED) {
  Deno.test(`a catalog ${what} is reported as damaged, at the latest when it is used`, () =>
    withRoom((room) => {
      room.run(TREE);
      spoil(room);
      const reported = troubleOf(() => room.run(TREE)) ?? room.doubt;
      assert.ok(reported !== undefined);
      Catalog.create(room.file, room.subject, TERMS)[Symbol.dispose]();
      room.as({ receipts: [] });
      assert.equal(room.run(TREE).sent.length, TREE.length);
    }));
}

function troubleOf(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof CatalogTrouble, `${error}`);
    return error.message;
  }
}

Deno.test("a catalog on a full or read-only file system is reported as such", () => {
  const subject = { host: "web1", settings: {}, declared: [""], receipts: [] };
  assert.throws(() => Catalog.open("/proc/catalog.sqlite", subject, TERMS), CatalogTrouble);
});

Deno.test("the catalog holds no name of an object and no digest of one", () =>
  withRoom((room) => {
    room.run(TREE);
    room.run(TREE, { crash: true, full: true });
    const bytes = new TextDecoder("latin1").decode(Deno.readFileSync(room.file));
    for (const at of [1, 2]) {
      const digest = sha256(new TextEncoder().encode(`20260601T000000Z-${String(at).padStart(16, "0")}`));
      assert.ok(
        !bytes.includes(digest) && !bytes.includes(String.fromCharCode(...Uint8Array.fromHex(digest))),
      );
    }
    assert.match(bytes, /f00042/);
  }));

Deno.test("a run that is killed leaves what was stored before, and nothing of what was not", () =>
  withRoom((room) => {
    room.run(TREE);
    {
      // Not closed: what was written since the last volume is in no file.
      const catalog = Catalog.open(room.file, room.subject, TERMS);
      const options = {
        snapshot: "20260601T000000Z-ffffffffffffffff",
        compression: "none" as const,
        trust: (_: Entry) => ({ inode: true, ctime: true }),
        attributes: false,
        clock: () => NOW,
      };
      const scan = catalog.scan(options, { host: NOW, store: undefined }, false);
      assert.deepEqual([...scan.changes([])].filter((it) => it !== undefined), []);
      const copy = Deno.readFileSync(room.file);
      catalog[Symbol.dispose]();
      Deno.writeFileSync(room.file, copy);
    }
    assert.equal(room.run(TREE).sent.length, 0);
  }));
