/** Entries around every border that a reader of archives may stumble over. */
import { Buffer } from "node:buffer";
import { file, type Item, pathOf, thing } from "./making.ts";

const LENGTHS = [1, 99, 100, 101, 155, 156, 254, 255, 256, 257, 1000];

/** Files, directories and links whose paths have lengths around every border, in ASCII or not. */
function long(character: string, base: string): Item[] {
  return LENGTHS.filter((length) => length > base.length + 2).flatMap((length) => {
    const path = (kind: string): string => `${base}${kind}/${pathOf(length - base.length - 2, character)}`;
    return [
      file(path("f"), `${length}`),
      thing(path("d"), "directory", { mode: 0o755 }),
      thing(path("l"), "symlink", { mode: 0o777, link: pathOf(length, character) }),
      thing(path("h"), "hardlink", { link: path("f") }),
    ];
  });
}

/** Paths that just can, or just cannot, be split into the two fields of ustar. */
const SPLITS = [
  `${"p".repeat(155)}/${"n".repeat(100)}`,
  `${"p".repeat(156)}/${"n".repeat(99)}`,
  `${"p".repeat(155)}/${"n".repeat(101)}`,
  `q/${"n".repeat(100)}`,
  `${"q".repeat(100)}/n`,
  "s".repeat(101),
  "s".repeat(255),
  `${"ä".repeat(50)}`,
  `${"ä".repeat(50)}x`,
  `${"x".repeat(99)}ä`,
  `${"ö".repeat(77)}/${"ü".repeat(50)}`,
];

const NAMES = [
  "with space",
  "new\nline",
  "tab\tand \x7f and \x01",
  "back\\slash",
  "back\\nslash",
  `both "quotes' and \`backticks\``,
  "-dash",
  "--option=x",
  "*?[a]",
  "equals=sign",
  "12 path=x",
  "名前",
  "e\u0301 and é",
  "😀\ufffd",
  ".hidden",
  "...",
  "trailing. ",
];

const TIMES = [
  0,
  1,
  999,
  1000,
  1_700_000_000_123,
  -1000,
  -1,
  -1500,
  -2_000_000_000_000,
  4_200_000_000_001,
  8 ** 11 * 1000 - 1000,
  8 ** 11 * 1000 - 1,
  8 ** 11 * 1000,
  10_413_792_000_999,
];

const IDS = [0, 1000, 65_534, 2_097_151, 2_097_152, 3_000_000_000, 4_294_967_294];

export const ITEMS: Item[] = [
  ...long("n", ""),
  ...long("ä", "u"),
  ...SPLITS.map((path) => file(path, "split")),
  ...SPLITS.map((path) => thing(path.replace(/^./, "+"), "directory", { mode: 0o755 })),
  ...NAMES.map((name) => file(name, name)),
  ...NAMES.map((name, at) => thing(`link${at}`, "symlink", { mode: 0o777, link: name })),
  ...TIMES.map((mtime, at) => file(`time${at}`, "", { mtime })),
  ...IDS.map((id, at) => file(`id${at}`, "", { uid: id, gid: 4_294_967_294 - id })),
  ...[0, 1, 511, 512, 513, 3583, 3584, 3585, 4096, 100_000].map((size) =>
    file(`size${size}`, Buffer.alloc(size, "abc\0"))
  ),
  ...[0, 0o644, 0o4755, 0o2755, 0o1777, 0o7777].map((mode) => file(`mode${mode.toString(8)}`, "", { mode })),
  ...["", "m".repeat(31), "m".repeat(32), "löwe"].map((user, at) =>
    file(`user${at}`, "", { user, group: user })
  ),
  thing("fifo", "fifo", { mode: 0o600 }),
];

export const DEVICES: Item[] = [
  thing("char", "char", { device: { major: 0, minor: 0 } }),
  thing("block", "block", { device: { major: 8, minor: 1 } }),
  thing("high", "char", { device: { major: 4095, minor: 1_048_575 }, mtime: 7 }),
];
