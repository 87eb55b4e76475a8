import { DAY_MS } from "../../lib/model/day.ts";
import { directory, fifo, file, hardlink, type Node, symlink } from "../source/tree.ts";

/** Bytes that no compression makes smaller, the same at each call. */
export function noise(bytes: number, seed = 1): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(bytes);
  let state = seed;
  for (let at = 0; at < bytes; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    made[at] = state >>> 24;
  }
  return made;
}

/** A small tree with one of everything, in several volumes of 64 KiB parts, one of them of several parts. */
export function sampleTree(): Node {
  return directory({
    "a.txt": file("hello\n", { mode: 0o640, mtime: 1_700_000_000_123 }),
    "b again": hardlink("a.txt"),
    "big.bin": file(noise(200_000), { mode: 0o600, mtime: 1_600_000_000_999 }),
    empty: file("", { mtime: -DAY_MS }),
    "future.txt": file("x", { mtime: 5_000_000_000_001 }),
    link: symlink("a.txt", { mtime: 1_500_000_000_000 }),
    dangling: symlink("/no/such/thing"),
    pipe: fifo({ mode: 0o620, mtime: 1_400_000_000_500 }),
    "set-id": file("#!/bin/sh\n", { mode: 0o4755 }),
    sub: directory({
      "deep": directory({
        "deeper": directory({ "file.conf": file("key = value\n") }, {
          mode: 0o755,
          mtime: 1_111_111_111_111,
        }),
      }),
      "name\nwith \u00fcnicode \u2603": file("strange"),
      ["n".repeat(250)]: file("long name"),
      noisy: file(noise(60_000, 7)),
      "zz hard": hardlink("big.bin"),
    }, { mode: 0o2750, mtime: 1_234_567_890_123 }),
    "text.log": file("a line that repeats itself\n".repeat(5_000)),
  }, { mode: 0o755, mtime: 1_300_000_000_003 });
}
