import assert from "node:assert/strict";
import fc from "fast-check";
import { newSnapshotId, snapshotTime } from "../../lib/model/snapshot.ts";

Deno.test("a snapshot id carries its second in UTC", () => {
  const id = newSnapshotId(new Date("2026-11-23T05:00:00.789Z"));
  assert.match(id, /^20261123T050000Z-[0-9a-f]{16}$/);
  assert.deepEqual(snapshotTime(id), new Date("2026-11-23T05:00:00Z"));
});

Deno.test("snapshot ids sort as their times do", () => {
  const date = fc.date({ min: new Date("1990-01-01"), max: new Date("2999-01-01"), noInvalidDate: true });
  fc.assert(fc.property(date, date, (one, other) => {
    const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);
    fc.pre(seconds(one) !== seconds(other));
    assert.equal(newSnapshotId(one) < newSnapshotId(other), one < other);
  }));
});

Deno.test("two ids of one moment differ", () => {
  const now = new Date();
  assert.notEqual(newSnapshotId(now), newSnapshotId(now));
});

Deno.test("text that is not a snapshot id has no time", () => {
  for (
    const bad of [
      "",
      "latest",
      "20261123T050000Z",
      "20261123T050000Z-",
      "20261123T250000Z-0123456789abcdef",
      "20261123T050000Z-0123456789abcdef0",
    ]
  ) {
    assert.equal(snapshotTime(bad), undefined, bad);
  }
});
