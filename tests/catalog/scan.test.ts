import assert from "node:assert/strict";
import { Catalog } from "../../lib/catalog/catalog.ts";
import { DAY_MS } from "../../lib/model/day.ts";
import { made, NOW, type Room, TERMS, withRoom } from "./sample_catalog.ts";

function test(name: string, body: (room: Room) => void): void {
  Deno.test(name, () => withRoom(body));
}

const [A, B, C] = [made("a", { size: 10 }), made("b", { size: 20 }), made("c", { size: 30 })];

test("the first run sends everything, the next one changes only, and both receipts cover the whole tree", (room) => {
  const first = room.run([A, B, C]);
  assert.deepEqual([first.sent, first.summary.entries, first.summary.needs], [["a", "b", "c"], 3, []]);
  const second = room.run([A, { ...B, size: 25 }, C]);
  assert.deepEqual(second.sent, ["b"]);
  assert.deepEqual([second.summary.entries, second.summary.bytes], [3, 65]);
  assert.deepEqual(second.summary.needs.map(({ volumes }) => volumes), [[[1, 1]]]);
  assert.equal(room.doubt, undefined);
});

test("a removed path is listed as gone only as long as a needed volume may contain it", (room) => {
  room.run([A, B]);
  assert.deepEqual(room.run([A]).rest, ["b"]);
  assert.deepEqual(room.run([A]).rest, ["b"], "again, for indexes are not added up");
  assert.deepEqual(room.run([{ ...A, size: 1 }]).rest, [], "no older volume is needed");
  assert.deepEqual(room.run([{ ...A, size: 1 }]).rest, []);
});

test("a path that reappears unchanged is not re-sent, and a changed one is", (room) => {
  room.run([A, B, C]);
  room.run([A]);
  const back = room.run([A, B, { ...C, ino: 999 }]);
  assert.deepEqual([back.sent, back.rest], [["c"], []]);
});

test("a path that lives on in a newer volume is not gone", (room) => {
  room.run([A, B]);
  room.run([A, { ...B, size: 1 }]);
  assert.deepEqual(room.run([A, { ...B, size: 1 }]).rest, []);
});

test("an unreadable file is not in the snapshot, even if an older volume contains another version", (room) => {
  room.run([A, B]);
  const changed = { ...B, size: 99 };
  const { sent, rest, summary } = room.run([A, changed], { unreadable: ["b"] });
  assert.deepEqual([sent, rest, summary.entries], [["b"], ["b"], 1]);
  assert.deepEqual(room.run([A, changed]).sent, ["b"], "it is tried again");
});

test("a file that changed while it was read is re-sent", (room) => {
  room.run([A, B], { changing: ["b"] });
  assert.deepEqual(room.run([A, B]).sent, ["b"]);
  assert.deepEqual(room.run([A, B]).sent, []);
});

test("a file that may have changed at the moment of reading is re-sent", (room) => {
  const racy = made("r", { ctime: NOW - 1000 });
  room.run([A, racy]);
  assert.deepEqual(room.run([A, racy], { at: NOW + 60_000 }).sent, ["r"]);
  assert.deepEqual(room.run([A, racy], { at: NOW + 70_000 }).sent, []);
});

test("if a file is re-sent, its other names are too: otherwise they would be names of the old file", (room) => {
  const first = made("a", { nlink: 3, size: 5 });
  const links = ["b", "c"].map((path) => ({ ...first, path, type: "hardlink" as const, size: 0, link: "a" }));
  room.run([first, ...links, made("d")]);
  assert.deepEqual(room.run([{ ...first, size: 6 }, ...links, made("d", { ino: 1 })]).sent, [
    "a",
    "b",
    "c",
    "d",
  ]);
});

test("links are re-sent even if an interrupted run had sent the file but not the links", (room) => {
  const first = made("a", { nlink: 2, size: 5 });
  const link = { ...first, path: "z", type: "hardlink" as const, size: 0, link: "a" };
  room.run([first, link]);
  room.run([first, link], { full: true, crash: true, unstored: ["z"] });
  assert.deepEqual(room.run([first, link]).sent, ["z"]);
  assert.deepEqual(room.run([first, link]).sent, []);
});

test("a full run sends everything and needs nothing", (room) => {
  room.run([A, B]);
  const { sent, summary } = room.run([A], { full: true });
  assert.deepEqual([sent, summary.needs, summary.gone], [["a"], [], 0]);
});

test("a full run sends what was gone and is back as it was, too", (room) => {
  room.run([A]);
  room.run([A, B]);
  room.run([A]);
  const { sent, summary } = room.run([A, B], { full: true });
  assert.deepEqual([sent, summary.needs], [["a", "b"], []]);
});

test("volumes of a run that broke off are taken over, by commitment, and listed in the index", (room) => {
  const sent = room.run([A, B], { crash: true });
  assert.deepEqual(sent.sent, ["a", "b"]);
  const next = room.run([A, B, C]);
  assert.deepEqual([next.sent, next.rest], [["c"], ["a", "b"]]);
  const [adopted] = next.summary.adopted;
  assert.deepEqual([adopted!.number, adopted!.entries, adopted!.from.number], [2, 2, 1]);
  assert.deepEqual(next.summary.needs, []);
  const third = room.run([A, B, C]);
  assert.deepEqual(
    third.summary.needs.map(({ volumes }) => volumes),
    [[[1, 2]]],
    "as volumes of that snapshot",
  );
  assert.deepEqual(third.summary.adopted, []);
});

test("the newest version from several interrupted runs is used", (room) => {
  room.run([A, B], { crash: true });
  room.run([A, { ...B, size: 7 }], { crash: true });
  const { sent, summary, rest } = room.run([A, { ...B, size: 7 }]);
  assert.deepEqual([sent, summary.adopted.length, summary.bytes], [[], 2, 17]);
  assert.deepEqual(rest, ["b", "a", "b"], "the newest run first");
});

test("paths that an interrupted run stored and that were removed since are listed as gone", (room) => {
  room.run([A, B], { crash: true });
  const { rest, summary } = room.run([A]);
  assert.deepEqual([rest, summary.gone, summary.entries], [["b", "a", "b"], 1, 1]);
});

test("a path that an interrupted run re-sent and that was removed since is gone from older volumes, too", (room) => {
  room.run([A, B]);
  room.run([A, { ...B, size: 7 }], { crash: true });
  assert.deepEqual(room.run([A]).rest, ["b"]);
  assert.deepEqual(room.run([A]).rest, ["b"]);
});

test("a volume that is built upon again, after a while in which it was not, brings back nothing that is gone", (room) => {
  room.run([A, B]);
  room.run([{ ...A, size: 7 }, B], { crash: true });
  room.run([C]);
  const { sent, rest, summary } = room.run([B, C]);
  assert.deepEqual([sent, rest, summary.entries], [[], ["a"], 2]);
});

// The long one is so long that nothing is sent anew for its age alone.
const SHORT = { refreshDays: 4, keptDays: 8 };
const LONG = { refreshDays: 300, keptDays: 361 };

for (const [days, sent] of [[6, []], [20, ["a"]]] as const) {
  test(`when the retention was raised, what is ${days} days old is ${sent.length ? "not " : ""}built upon`, (room) => {
    room.run([A], { terms: SHORT });
    assert.deepEqual(room.run([A], { terms: LONG, at: NOW + days * DAY_MS }).sent, sent);
    assert.deepEqual(room.run([A], { terms: LONG, at: NOW + (days + 1) * DAY_MS }).sent, []);
  });
}

test("volumes that may have expired before the retention was raised are not used, even for reappearing paths", (room) => {
  room.run([A, B], { terms: SHORT });
  room.run([B], { terms: SHORT, at: NOW + DAY_MS });
  room.run([B], { terms: LONG, at: NOW + 20 * DAY_MS });
  assert.deepEqual(room.run([A, B], { terms: LONG, at: NOW + 21 * DAY_MS }).sent, ["a"]);
});

test("a retention that was lower for a run that broke off counts", (room) => {
  room.run([A], { terms: LONG });
  room.run([A], { terms: SHORT, at: NOW + DAY_MS, crash: true });
  assert.deepEqual(room.run([A], { terms: LONG, at: NOW + 20 * DAY_MS }).sent, ["a"]);
});

/** Options of a scan by itself, without a run around it. */
const SCAN = {
  snapshot: "x",
  compression: "none",
  trust: () => ({ inode: true, ctime: true }),
  attributes: false,
  clock: () => NOW,
} as const;

test("a scan is valid while no needed volume is too old by the store's clock, which must be known", (room) => {
  room.run([A]);
  using catalog = Catalog.open(room.file, room.subject, TERMS);
  const scan = catalog.scan(SCAN, { host: NOW, store: undefined }, false);
  assert.deepEqual([...scan.changes([A])], []);
  assert.ok(scan.holds(new Date(NOW + 30 * DAY_MS)));
  assert.ok(!scan.holds(new Date(NOW + 30 * DAY_MS + 1000)));
  assert.ok(!scan.holds(new Date(NOW - DAY_MS)), "a date from the future proves nothing");
  assert.ok(!scan.holds(undefined));
});

test("on file systems with made-up inodes and ctimes, only other properties show changes", (room) => {
  const trust = { inode: false, ctime: false };
  room.run([A, B], { trust });
  const remounted = [A, B].map((it) => ({ ...it, ino: it.ino + 1000, ctime: it.ctime + 1_000_000 }));
  assert.deepEqual(room.run(remounted, { trust }).sent, []);
  let a = A;
  for (const change of [{ size: 9 }, { mtime: A.mtime + 1 }, { mode: 0o600 }, { uid: 7 }, { gid: 7 }]) {
    a = { ...a, ...change };
    assert.deepEqual(room.run([a, B], { trust }).sent, ["a"]);
  }
  assert.deepEqual(room.run([a, B]).sent, ["a", "b"]);
});

test("volumes of a run that compressed otherwise are not taken over", (room) => {
  room.run([A], { crash: true });
  assert.deepEqual(room.run([A], { compression: "gzip" }).sent, ["a"]);
});

test("without the store's time, each run sends everything", (room) => {
  room.run([A, B], { taken: undefined });
  assert.deepEqual(room.run([A, B], { at: NOW + DAY_MS }).sent, ["a", "b"]);
});

test("no run builds upon what is too old, however long none took place", (room) => {
  room.run([A, B]);
  room.run([A, { ...B, size: 1 }], { at: NOW + 20 * DAY_MS });
  const { sent, summary } = room.run([A, { ...B, size: 1 }], { at: NOW + 40 * DAY_MS });
  assert.ok(sent.includes("a"));
  assert.ok(summary.needs.length <= 1);
});

test("a walk in a wrong order sends more, and loses nothing", (room) => {
  room.run([A, B, C]);
  const { summary } = room.run([C, B, A]);
  assert.deepEqual([summary.entries, summary.gone], [3, 0]);
});

test("a scan that sends nothing gives a chance to pause wherever the walk does, and every 500 paths that are gone", (room) => {
  const tree = Array.from({ length: 2600 }, (_, at) => made(`f${at + 1000}`, { size: 1 }));
  assert.equal(room.run(tree).sent.length, 2600);
  const gaps = [...tree.slice(0, 2599), ...Array(5).fill(undefined), ...tree.slice(2599)];
  for (const found of [gaps, [], tree.slice(0, 1), tree.slice(-1)]) {
    using catalog = Catalog.open(room.file, room.subject, TERMS);
    const scan = catalog.scan(SCAN, { host: NOW, store: undefined }, false);
    assert.deepEqual([...scan.changes(found)], Array(5).fill(undefined), `${found.length} are left`);
  }
});

test("a scan reports each entry that need not be sent once, and none that must be", (room) => {
  room.run([A, B, C]);
  using catalog = Catalog.open(room.file, room.subject, TERMS);
  const scan = catalog.scan(SCAN, { host: NOW, store: undefined }, false);
  const kept: string[] = [];
  const changed = { ...B, size: 99 };
  assert.deepEqual([...scan.changes([A, changed, C], ({ path }) => kept.push(path))], [changed]);
  assert.deepEqual(kept, [A.path, C.path]);
});
