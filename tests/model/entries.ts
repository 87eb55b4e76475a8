import fc from "fast-check";
import type { Entry, EntryType } from "../../lib/model/entry.ts";

/** Short texts of what is hard to keep apart, or takes one to four bytes of UTF-8. */
export const TEXT: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom("a", "b", "/", " ", "\n", "é", "€", "\ufeff", "😀"),
  maxLength: 12,
});

/** Entries, not all of which make sense. */
export const ENTRY: fc.Arbitrary<Entry> = fc.record({
  path: TEXT,
  type: fc.constantFrom<EntryType>("file", "directory", "symlink", "hardlink", "fifo", "char", "block"),
  size: fc.maxSafeNat(),
  mode: fc.nat(0o7777),
  uid: fc.nat(2 ** 32 - 1),
  gid: fc.nat(2 ** 32 - 1),
  user: TEXT,
  group: TEXT,
  mtime: fc.maxSafeInteger(),
  link: fc.option(TEXT, { nil: undefined }),
  device: fc.option(fc.record({ major: fc.nat(), minor: fc.nat() }), { nil: undefined }),
}).map(({ link, device, ...entry }): Entry => ({
  ...entry,
  ...(link === undefined ? {} : { link }),
  ...(device === undefined ? {} : { device: { ...device } }),
}));
