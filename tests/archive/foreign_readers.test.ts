/** Archives of ours, read by the programs of others. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Entry } from "../../lib/model/entry.ts";
import { type Found, readTree } from "../source/tree.ts";
import { foreignTest, must, run } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { DEVICES, ITEMS } from "./items.ts";
import { archived, file, type Item, thing } from "./making.ts";
import { pythonLists } from "./python.ts";

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

foreignTest(["python3"], "Python's tarfile reads every entry as it was", async () => {
  await withDirectory(async (root) => {
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
  return { type: type === "directory" ? "directory" : "fifo" };
}

/** Of what was found, what `wanted` states. Directories that were made on the way to others it does not. */
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
      await withDirectory(async (root) => {
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
    await withDirectory(async (root) => {
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
  "an archive of any length is read from a pipe, and the reader prints nothing",
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
