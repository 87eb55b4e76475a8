import assert from "node:assert/strict";
import { CASES } from "../../scripts/bench/cases.ts";
import { parseOptions } from "../../scripts/bench/options.ts";
import { TOOLS } from "../../scripts/bench/tools.ts";

Deno.test("without options every tool takes part in every case, at full size", () => {
  const options = parseOptions([]);
  assert.deepEqual(options.cases, Object.keys(CASES));
  assert.deepEqual(options.only, Object.keys(TOOLS));
  assert.deepEqual([options.files, options.size, options.runs], [1_000_000, 10e9, 3]);
});

Deno.test("cases, tools and sizes can be chosen", () => {
  const options = parseOptions([
    "--size",
    "50MB",
    "--only",
    "nightdrop,zstd2",
    "--tree",
    "/etc/",
    "s3",
    "real",
  ]);
  assert.deepEqual(options.cases, ["s3", "real"]);
  assert.deepEqual(options.only, ["nightdrop", "zstd2"]);
  assert.deepEqual([options.size, options.tree], [50e6, "/etc"]);
});

Deno.test("unknown options are reported with the known ones", () => {
  const rows: [args: string[], says: RegExp][] = [
    [["reel"], /no case "reel": real, small/],
    [["--only", "rsync"], /no tool "rsync": nightdrop, bzip2/],
    [["--runs", "0"], /whole number from 1, not "0"/],
    [["--size", "10"], /50MB or 10GB, not "10"/],
    [["--fast"], /fast/],
  ];
  for (const [args, says] of rows) assert.throws(() => parseOptions(args), says);
});
