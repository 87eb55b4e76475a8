import assert from "node:assert/strict";
import { Failure } from "../../lib/model/failure.ts";
import { volumePartName } from "../../lib/model/name.ts";
import { MAX_RECEIPT_BYTES, type Receipt, type VolumeRecord } from "../../lib/model/receipt.ts";
import { encodeReceipt } from "../../lib/model/receipt_text.ts";
import { checkReceipt } from "../../lib/backup/check_receipt.ts";
import { MOST_VOLUMES, ReceiptRoom } from "../../lib/backup/receipt_capacity.ts";
import { emptyReceipt } from "../support/forger.ts";

const HOST = { name: "web1", partSize: 16 * 1024 * 1024 };

/** Volumes with the longest numbers and sizes that there are. */
function volumes(count: number, parts: number): VolumeRecord[] {
  return Array.from({ length: count }, (_, at) => ({
    number: at + 1,
    entries: 999_999,
    plain: Number.MAX_SAFE_INTEGER,
    parts: Array.from({ length: parts }, (_, part) => {
      const sha256 = (at * parts + part).toString(16).padStart(64, "0");
      return { name: volumePartName(at + 1, part, sha256, "zstd"), size: 268_435_456, sha256 };
    }),
  }));
}

function bytesOf(volumes: readonly VolumeRecord[]): number {
  return encodeReceipt(emptyReceipt({ volumes })).length - encodeReceipt(emptyReceipt()).length;
}

for (const parts of [1, 2, 1000]) {
  Deno.test(`volumes of ${parts} parts for which a receipt has room fit into it, and few others would`, () => {
    const bytes = bytesOf(volumes(100, parts)) / 100;
    const room = new ReceiptRoom(HOST);
    let count = 0;
    const fill = (): void => {
      for (;; count += 1) room.take(parts);
    };
    assert.throws(
      fill,
      (error) => error instanceof Failure && /Set partSize: "128 MiB" for web1/.test(error.hint!),
    );
    assert.ok(count * bytes < MAX_RECEIPT_BYTES - 1024 * 1024, `${count} volumes of ${bytes} bytes`);
    assert.ok(count * bytes > MAX_RECEIPT_BYTES * 0.75, `${count} volumes of ${bytes} bytes`);
  });
}

Deno.test("a host with the largest parts gets the hint to divide what it declares", () => {
  const room = new ReceiptRoom({ ...HOST, partSize: 256 * 1024 * 1024 });
  assert.throws(
    () => room.take(1_000_000),
    (error) => error instanceof Failure && /hosts of their own/.test(error.hint!),
  );
});

Deno.test("a receipt that readers would refuse for its size is not sent", () => {
  const many = (count: number): Receipt => {
    const all = volumes(count, 1).map((it) => ({ ...it, entries: 0 }));
    return emptyReceipt({ volumes: all });
  };
  checkReceipt(many(1000));
  assert.throws(() => checkReceipt(many(Math.ceil(MOST_VOLUMES * 1.3))), /larger than a reader takes/);
});
