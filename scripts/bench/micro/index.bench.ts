import { decodeIndexLine, encodeIndexLine } from "../../../lib/model/index.ts";
import { entries, MANY } from "./entries.ts";

const all = entries(MANY).map(({ file: _file, dev: _dev, ino: _ino, nlink: _nlink, ctime: _ctime, ...it }) =>
  it
);
const lines = all.map((entry) => encodeIndexLine(1, entry).trimEnd());

Deno.bench("encode 10,000 lines of an index", () => {
  for (const entry of all) encodeIndexLine(1, entry);
});

Deno.bench("decode and check 10,000 lines of an index", () => {
  for (const line of lines) decodeIndexLine(line);
});
