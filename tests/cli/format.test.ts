import assert from "node:assert/strict";
import { formatBytes, formatDuration, formatMode, formatNumber, formatTime } from "../../lib/cli/format.ts";

Deno.test("bytes, counts and durations are printed with units and separators", () => {
  assert.deepEqual([0, 1023, 1024, 1536, 5 * 2 ** 30, 2 ** 60].map(formatBytes), [
    "0 B",
    "1023 B",
    "1.0 KiB",
    "1.5 KiB",
    "5.0 GiB",
    "1024.0 PiB",
  ]);
  assert.deepEqual(
    [formatNumber(1, "file"), formatNumber(1234, "file"), formatNumber(0, "entry", "entries")],
    [
      "1 file",
      "1,234 files",
      "0 entries",
    ],
  );
  assert.deepEqual([100, 61_000, 7_500_000].map(formatDuration), ["0.1 s", "1 min 1 s", "2 h 5 min"]);
  assert.equal(formatTime(new Date("2026-11-23T05:00:00.999Z")), "2026-11-23 05:00:00");
});

Deno.test("modes are printed as ls prints them", () => {
  assert.deepEqual(
    [
      formatMode("file", 0o644),
      formatMode("directory", 0o1777),
      formatMode("symlink", 0o777),
      formatMode("file", 0o4755),
      formatMode("file", 0o2644),
      formatMode("char", 0),
    ],
    ["-rw-r--r--", "drwxrwxrwt", "lrwxrwxrwx", "-rwsr-xr-x", "-rw-r-Sr--", "c---------"],
  );
});
