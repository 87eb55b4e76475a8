/** Archives of ours, read by the programs of others. */
import assert from "assert";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { sizeInArchive } from "../../lib/archive/header.ts";
import { ARCHIVE_END } from "../../lib/archive/layout.ts";
import { ArchiveReader } from "../../lib/archive/read.ts";
import { archive, type Content } from "../../lib/archive/write.ts";
import type { Entry } from "../../lib/model/entry.ts";
import { type Found, readTree } from "../source/tree.ts";
import { foreignTest, must, run } from "../support/foreign.ts";
import { withFolder } from "../support/folder.ts";
import { archived, file, type Item, pathOf, thing } from "./making.ts";

const LENGTHS = [1, 99, 100, 101, 155, 156, 254, 255, 256, 257, 1000];

/** Files, folders and links whose paths have lengths around every border, in ASCII or not. */
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

const ITEMS: Item[] = [
  ...long("n", ""),
  ...long("ä", "u"),
  ...SPLITS.map((path) => file(path, "split")),
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

const DEVICES: Item[] = [
  thing("char", "char", { device: { major: 0, minor: 0 } }),
  thing("block", "block", { device: { major: 8, minor: 1 } }),
  thing("high", "char", { device: { major: 4095, minor: 1_048_575 }, mtime: 7 }),
];

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const PYTHON = `
import hashlib, json, sys, tarfile
types = {b"0": "file", b"1": "hardlink", b"2": "symlink", b"3": "char", b"4": "block", b"5": "directory", b"6": "fifo"}
for m in (tar := tarfile.open(sys.argv[1], errorlevel=2)):
    entry = dict(path=m.name, type=types[m.type], size=m.size, mode=m.mode, uid=m.uid, gid=m.gid, user=m.uname,
                 group=m.gname, mtime=round(m.mtime * 1000), offset=m.offset_data)
    if m.type in (b"1", b"2"): entry["link"] = m.linkname
    if m.type in (b"3", b"4"): entry["device"] = dict(major=m.devmajor, minor=m.devminor)
    if len(sys.argv) < 3 and m.isreg(): entry["sha256"] = hashlib.sha256(tar.extractfile(m).read()).hexdigest()
    print(json.dumps(entry))
`;

/** Entries as Python's tarfile lists them. */
async function pythonLists(
  path: string,
  ...how: string[]
): Promise<(Entry & { sha256?: string; offset?: number })[]> {
  const { text } = await must("python3", ["-c", PYTHON, path, ...how]);
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

foreignTest(["python3"], "Python's tarfile reads every entry as it was", async () => {
  await withFolder(async (root) => {
    const items = [...ITEMS, ...DEVICES];
    await Deno.writeFile(`${root}/a.tar`, archived(items));
    const found = await pythonLists(`${root}/a.tar`);
    const wanted = items.map(({ entry, content }) =>
      entry.type === "file" ? { ...entry, sha256: sha256(content) } : entry
    );
    assert.deepEqual(found.map(({ offset: _, ...entry }) => entry), wanted);
  });
});

/** How a program extracts, and what it is known not to keep. */
interface Extractor {
  readonly command: (archive: string) => string[];
  /** What the program can be expected to make of an item; undefined where it cannot read it at all. */
  readonly keeps: (item: Item) => Item | undefined;
}

/**
 * libarchive adds the fraction of a time before 1970 where it should take it away, so that -1.5 becomes -0.5, and
 * composes the letters of names in pax records.
 */
function asBsdtar({ entry, content }: Item): Item {
  const mtime = entry.mtime >= 0 ? entry.mtime : entry.mtime - 2 * (entry.mtime % 1000);
  const link = entry.link === undefined ? {} : { link: entry.link.normalize() };
  return { entry: { ...entry, ...link, mtime, path: entry.path.normalize() }, content };
}

/** busybox passes over pax records: what the ustar header holds remains. It does not set the times of symlinks. */
function asBusybox({ entry, content }: Item): Item | undefined {
  const bytes = (text: string): number => new TextEncoder().encode(text).length;
  const slash = entry.path.indexOf("/", Math.max(0, bytes(entry.path) - 101));
  const ascii = bytes(entry.path) === entry.path.length;
  const fits = bytes(entry.path) < 100 || (ascii && slash >= 0 && slash <= 155 && entry.type !== "directory");
  if (!fits || bytes(entry.link ?? "") > 100) return undefined;
  const mtime = entry.type === "symlink" ? NaN : Math.max(0, Math.floor(entry.mtime / 1000) * 1000);
  return { entry: { ...entry, mtime }, content };
}

const EXTRACTORS: Readonly<Record<string, Extractor>> = {
  tar: {
    command: (path) => ["-xpf", path, "--numeric-owner", "--warning=no-timestamp"],
    keeps: (item) => item,
  },
  bsdtar: { command: (path) => ["-xpf", path, "--numeric-owner"], keeps: asBsdtar },
  busybox: { command: (path) => ["tar", "-xpf", path, "--numeric-owner"], keeps: asBusybox },
};

/** What is on disk after items were extracted. */
function wantedOnDisk(items: readonly Item[]): Map<string, Partial<Found>> {
  const all = new Map(items.map((item) => [item.entry.path, item]));
  return new Map(items.map(({ entry }) => {
    const { entry: it, content } = all.get(entry.type === "hardlink" ? entry.link! : entry.path)!;
    const { mode, uid, gid, mtime } = it;
    const common = { mode, uid, gid, ...(Number.isNaN(mtime) ? {} : { mtime }) };
    return [entry.path, { ...common, ...thingOnDisk(it, content) }];
  }));
}

function thingOnDisk({ type, link }: Entry, content: Uint8Array): Found {
  if (type === "file") return { type, size: content.length, sha256: sha256(content) };
  if (type === "symlink") return { type, target: link! };
  return { type: type === "directory" ? "folder" : "fifo" };
}

/** Of what was found, what `wanted` states. Folders that were made on the way to others it does not. */
function onlyStated(
  found: ReadonlyMap<string, Found>,
  wanted: ReadonlyMap<string, Partial<Found>>,
): Map<string, Partial<Found>> {
  const stated = [...found].filter(([path]) => wanted.has(path));
  return new Map(stated.map(([path, it]) => {
    const keys = wanted.get(path)!;
    return [path, Object.fromEntries(Object.entries(it).filter(([key]) => key in keys))];
  }));
}

if (Deno.uid() === 0 || Deno.env.get("CI")) {
  for (const [program, { command, keeps }] of Object.entries(EXTRACTORS)) {
    foreignTest([program], `${program} extracts every entry as it was`, async () => {
      await withFolder(async (root) => {
        const items = ITEMS.filter((item) => keeps(item) !== undefined);
        await Deno.writeFile(`${root}/a.tar`, archived(items));
        await Deno.mkdir(`${root}/out`);
        const { code, stderr } = await run(program, command(`${root}/a.tar`), { cwd: `${root}/out` });
        assert.deepEqual([code, stderr], [0, ""]);
        const wanted = wantedOnDisk(items.map((item) => keeps(item)!));
        const found = onlyStated(readTree(`${root}/out`), wanted);
        assert.deepEqual(new Map([...found].sort()), new Map([...wanted].sort()));
        assert.ok(wanted.size > 90);
      });
    });
  }
}

foreignTest(
  ["tar", "bsdtar", "busybox"],
  "every program lists links, devices and their numbers",
  async () => {
    await withFolder(async (root) => {
      const items = [
        file("a"),
        thing("h", "hardlink", { link: "a" }),
        thing("s", "symlink", { link: "to where" }),
        thing("p", "fifo"),
        ...DEVICES,
      ];
      await Deno.writeFile(`${root}/a.tar`, archived(items));
      for (
        const [program, ...how] of [["tar", "-tvf"], ["bsdtar", "-tvf"], ["busybox", "tar", "-tvf"]] as [
          string,
          ...string[],
        ][]
      ) {
        const { text, stderr } = await must(program, [...how, `${root}/a.tar`]);
        const lines = text.trimEnd().split("\n");
        assert.equal(stderr, "");
        assert.deepEqual(lines.length, items.length);
        assert.match(lines[1]!, / h (link to|->) a$/);
        assert.match(lines[2]!, /^l.* s -> to where$/);
        assert.match(lines[3]!, /^p.* p$/);
        const numbers = program === "busybox" ? ["0", "0", "0"] : ["0,\\s*0", "8,\\s*1", "4095,\\s*1048575"];
        assert.match(lines[4]!, new RegExp(`^c.* ${numbers[0]} .* char$`));
        assert.match(lines[5]!, new RegExp(`^b.* ${numbers[1]} .* block$`));
        assert.match(lines[6]!, new RegExp(`^c.* ${numbers[2]} .* high$`));
      }
    });
  },
);

foreignTest(
  ["tar", "bsdtar", "busybox"],
  "an archive of any length is read from a pipe without a word",
  async () => {
    for (let count = 0; count < 24; count++) {
      const stdin = archived(Array.from({ length: count }, (_, at) => file(`f${at}`)));
      for (
        const [program, ...how] of [["tar", "-t"], ["bsdtar", "-t"], ["busybox", "tar", "-t"]] as [
          string,
          ...string[],
        ][]
      ) {
        const { code, text, stderr } = await run(program, how, { stdin });
        assert.deepEqual(
          [code, text.split("\n").length - 1, stderr],
          [0, count, ""],
          `${program}, ${count} entries`,
        );
      }
    }
  },
);

/** Writes an archive to a file with holes where blocks are nothing but content, which is zeros. */
function writeSparse(path: string, entries: readonly Entry[]): void {
  let untouched = false;
  const open = (entry: Entry): Content => {
    let left = entry.size;
    const read = (into: Uint8Array): number => {
      const given = Math.min(left, into.length);
      untouched = given === BLOCK;
      if (!untouched) into.fill(0, 0, given);
      left -= given;
      return given;
    };
    return { entry, read, close: () => {} };
  };
  const BLOCK = 1024 * 1024;
  using output = Deno.createSync(path);
  for (const block of archive(entries, { open, done: () => {}, blockSize: BLOCK })) {
    if (untouched) output.seekSync(block.length, Deno.SeekMode.Current);
    else for (let at = 0; at < block.length;) at += output.writeSync(block.subarray(at));
    untouched = false;
  }
}

const GIB = 2 ** 30;

foreignTest(
  ["python3", "tar", "bsdtar", "busybox"],
  "files around 8 GiB and beyond are read by all",
  async () => {
    await withFolder(async (root) => {
      const sizes = [8 * GIB - 1, 8 * GIB, 8 * GIB + 1, 40 * GIB + 512];
      const entries = sizes.flatMap((
        size,
      ) => [{ ...file(`f${size}`).entry, size }, file(`after${size}`).entry]);
      const path = `${root}/a.tar`;
      writeSparse(path, entries);
      const whole = entries.reduce((sum, entry) => sum + sizeInArchive(entry), ARCHIVE_END);
      assert.equal(Deno.statSync(path).size, whole);
      assert.ok(Deno.statSync(path).blocks! < 10_000, "the file takes no space");
      const found = (await pythonLists(path, "without content")).map(({ path, size }) => [path, size]);
      assert.deepEqual(found, entries.map(({ path, size }) => [path, size]));
      for (
        const [program, ...how] of [["tar", "-tvf"], ["bsdtar", "-tvf"], ["busybox", "tar", "-tvf"]] as [
          string,
          ...string[],
        ][]
      ) {
        const { text, stderr } = await must(program, [...how, path]);
        assert.equal(stderr, "");
        const listed = text.trimEnd().split("\n").map((
          line,
        ) => [line.split(" ").at(-1), Number(line.match(/ (\d+) (?:\d{4}-|[A-Z])/)![1])]);
        assert.deepEqual(listed, entries.map(({ path, size }) => [path, size]), program);
      }
    });
  },
);

Deno.test("our reader reads 40 GiB as they are written", () => {
  const sizes = [8 * GIB + 1, 31 * GIB + 511];
  const entries = sizes.map((size) => ({ ...file(`f${size}`).entry, size }));
  const read: [Entry, number][] = [];
  const reader = new ArchiveReader({
    entry: (entry) => read.push([entry, 0]),
    content: (bytes) => read.at(-1)![1] += bytes.length,
    end: () => {},
  });
  const open = (entry: Entry): Content => ({ entry, read: (into) => into.length, close: () => {} });
  for (const block of archive(entries, { open, done: () => {} })) reader.write(block);
  reader.close();
  assert.deepEqual(read, entries.map((entry) => [entry, entry.size]));
});
