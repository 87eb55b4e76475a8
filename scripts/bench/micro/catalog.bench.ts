import { Catalog } from "../../../lib/catalog/catalog.ts";
import { commitment, sha256 } from "../../../lib/model/digest.ts";
import type { SourceEntry } from "../../../lib/source/walk.ts";
import { entries, MANY, temporaryDirectory } from "./entries.ts";

const directory = temporaryDirectory();
const tree = entries(MANY);
const digest = sha256(new TextEncoder().encode("a part"));
const subject = { host: "bench", settings: {}, declared: ["srv"], receipts: [commitment(digest)] };
const now = Date.now();
const time = { host: now, store: now };

/** A backup of the tree: what is let through goes into one volume. */
function backUp(file: string): number {
  using catalog = Catalog.open(file, subject, { refreshDays: 30, keptDays: 61 });
  const scan = catalog.scan<SourceEntry>(
    {
      snapshot: `20260601T000000Z-${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`,
      compression: "zstd",
      trust: () => ({ inode: true, ctime: true }),
      attributes: false,
      clock: () => now,
    },
    time,
    false,
  );
  const sent = [...scan.changes(tree)].filter((entry) => entry !== undefined);
  if (sent.length > 0) {
    const members = sent.map((walked) => ({ walked, archived: walked }));
    const parts = [{ size: 1000, sha256: digest }];
    scan.stored({
      number: 1,
      plain: 1000,
      parts,
      taken: new Date(now),
      entries: members.length,
      members,
      lines: new Uint8Array(1000),
    });
  }
  scan.summary(1);
  catalog.conclude(scan, sent.length > 0 ? 1 : 0, commitment(digest), now, time);
  return sent.length;
}

let files = 0;
Deno.bench("catalog of 10,000 new files", () => {
  if (backUp(`${directory}/${files++}`) !== MANY) throw new Error("Not all files are new");
});

backUp(`${directory}/known`);
Deno.bench("catalog of 10,000 files that have not changed", () => {
  if (backUp(`${directory}/known`) !== 0) throw new Error("Files are taken for changed");
});
