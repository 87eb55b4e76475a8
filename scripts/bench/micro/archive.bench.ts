import { encodeHeader, headerOf, sizeInArchive } from "../../../lib/archive/header.ts";
import { entries, MANY } from "./entries.ts";

const plain = entries(MANY);
const odd = entries(MANY, { mtime: 1_700_000_000_123, user: "wörker" });

Deno.bench("header of 10,000 files, ustar", () => {
  for (const entry of plain) headerOf(entry);
});

Deno.bench("header of 10,000 files, with pax records", () => {
  for (const entry of odd) headerOf(entry);
});

Deno.bench("header of 10,000 files, in bytes of its own", () => {
  for (const entry of plain) encodeHeader(entry);
});

Deno.bench("size of 10,000 files in an archive", () => {
  for (const entry of plain) sizeInArchive(entry);
});
