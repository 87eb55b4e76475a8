import assert from "node:assert/strict";
import { parseSize } from "../../lib/config/size.ts";

for (
  const [written, bytes] of [
    [0, 0],
    [16777216, 16777216],
    ["1 KiB", 1024],
    ["16MiB", 16777216],
    ["0.5 GiB", 536870912],
    ["2 TiB", 2199023255552],
    ["16 MB", NaN],
    ["16 mib", NaN],
    ["16", NaN],
    ["", NaN],
    [" 1 KiB", NaN],
    ["1  KiB", NaN],
    ["-1 KiB", NaN],
    ["1e3 KiB", NaN],
    [".5 KiB", NaN],
    ["0x10 KiB", NaN],
  ] as const
) {
  Deno.test(`the size ${JSON.stringify(written)} is ${bytes} bytes`, () => {
    assert.equal(parseSize(written), bytes);
  });
}
