import { Damage } from "../../../lib/model/failure.ts";
import type { Entry } from "../../../lib/model/entry.ts";
import { decodeIndexLine, encodeGoneLine, encodeIndexLine } from "../../../lib/model/index.ts";
import { decodeAnyLine } from "../../../lib/model/index_line.ts";
import { changedValue } from "../mutate.ts";
import { ATTRIBUTES, COMMON } from "../sample_entry.ts";
import { bytesOf, demand, type Target, textOf } from "../target.ts";

const PRECISE = { ...COMMON, mtime: 1_700_000_000_123 };
const ENTRIES: readonly Entry[] = [
  { path: "etc/hosts", type: "file", ...PRECISE, size: 12 },
  { path: "etc", type: "directory", ...PRECISE },
  { path: "d", type: "file", ...PRECISE, size: 1, sha256: "a".repeat(64), ...ATTRIBUTES.file },
  { path: "e", type: "directory", ...PRECISE, ...ATTRIBUTES.directory },
  { path: "a", type: "symlink", ...PRECISE, link: "../b" },
  { path: "b", type: "hardlink", ...PRECISE, link: "etc/hosts" },
  { path: "c", type: "char", ...PRECISE, device: { major: 1, minor: 3 } },
  { path: 'q"\\\n\u2028😀', type: "fifo", ...PRECISE },
];

/** Lines of an index: each has one form only. */
export const INDEX: Target = {
  name: "index",
  samples: () => [
    ...ENTRIES.map((entry) => bytesOf(encodeIndexLine(1, entry).slice(0, -1))),
    bytesOf(encodeGoneLine("etc/old").slice(0, -1)),
  ],
  words: [
    '{"gone":',
    '"type":"directory"',
    "\\u0061",
    "\\ud800",
    "-0",
    "1e3",
    '"path":',
    '"xattrs":{"user.a":"AA=="}',
    '"acl":"user::rwx,group::r-x,other::---"',
    ",user:4294967295:rwx",
    ":",
    ",",
    "null",
    "{}",
  ],
  make: (sample, dice) => {
    try {
      return bytesOf(JSON.stringify(changedValue(JSON.parse(textOf(sample)), dice)) ?? "");
    } catch {
      return sample;
    }
  },
  run: (input) => {
    const text = textOf(input);
    const line = decodeIndexLine(text);
    const again = line.gone === undefined
      ? encodeIndexLine(line.volume, line.entry)
      : encodeGoneLine(line.gone);
    demand(again === `${text}\n`, `it is written back as ${again}`);
    const other = JSON.stringify(decodeAnyLine(text));
    demand(other === JSON.stringify(line), `the other decoder reads ${other}`);
  },
  refuses: (error) => error instanceof Damage,
};
