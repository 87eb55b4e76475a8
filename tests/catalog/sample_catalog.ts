/** A catalog in a directory, and made-up things to hold against it. */
import { Catalog, type Subject, type Terms } from "../../lib/catalog/catalog.ts";
import type { Walked } from "../../lib/catalog/stat_signature.ts";
import type { CatalogScan, TreeSummary } from "../../lib/catalog/scan.ts";
import { commitment, sha256 } from "../../lib/model/digest.ts";
import { encodeIndexLine } from "../../lib/model/index_line.ts";
import type { Trust } from "../../lib/model/trust.ts";
import { withDirectory } from "../support/directory.ts";

export const NOW = Date.parse("2026-06-01T00:00:00Z");
/** What the config says of the retention unless a test says otherwise. */
export const TERMS: Terms = { refreshDays: 30, keptDays: 61 };

let inode = 1;

/** A file that was last touched in 2001. */
export function made(path: string, changes: Partial<Walked> = {}): Walked {
  const common = { size: 0, mode: 0o644, uid: 0, gid: 0, user: "root", group: "root", nlink: 1 } as const;
  return { path, type: "file", ...common, mtime: 1e12 + 123, ctime: 1e12, ino: inode++, ...changes };
}

export interface Sent {
  /** Paths that were let through. */
  readonly sent: string[];
  /** Paths that the index lists as gone, and those of adopted volumes. */
  readonly rest: string[];
  readonly summary: TreeSummary;
}

/** How a run differs from a usual one. */
export interface Unusual {
  readonly at?: number;
  readonly full?: boolean;
  readonly compression?: "zstd" | "gzip" | "none";
  /** Ends after the volumes, as in a crash. */
  readonly crash?: boolean;
  /** Paths that cannot be read, and those that change while they are. */
  readonly unreadable?: readonly string[];
  readonly changing?: readonly string[];
  /** Paths that were to go into a volume that is not stored any more. */
  readonly unstored?: readonly string[];
  /** What of the entries means something; all of it. */
  readonly trust?: Trust;
  /** What the config says of the retention. */
  readonly terms?: Terms;
  /** When the store takes the volumes; undefined where it does not tell. */
  readonly taken?: Date | undefined;
}

export interface Room {
  readonly file: string;
  readonly subject: Subject;
  /** Why the last catalog could not be used. */
  readonly doubt: string | undefined;
  /** A run that sends what is let through in one volume. */
  run(tree: readonly Walked[], unusual?: Unusual): Sent;
  /** The same for another subject. */
  as(changes: Partial<Subject>): void;
}

export function withRoom(body: (room: Room) => void): Promise<void> {
  return withDirectory((directory) => {
    body(new MadeRoom(`${directory}/catalog.sqlite`));
    return Promise.resolve();
  });
}

class MadeRoom implements Room {
  readonly file: string;
  subject: Subject = { host: "web1", settings: { recipients: "a" }, declared: [""], receipts: [] };
  doubt: string | undefined;
  #runs = 0;

  constructor(file: string) {
    this.file = file;
  }

  as(changes: Partial<Subject>): void {
    this.subject = { ...this.subject, ...changes };
  }

  run(tree: readonly Walked[], unusual: Unusual = {}): Sent {
    const { at = NOW, full = false, compression = "none", crash = false } = unusual;
    const { trust = { inode: true, ctime: true }, terms = TERMS } = unusual;
    const snapshot = `20260601T000000Z-${String(++this.#runs).padStart(16, "0")}`;
    using catalog = Catalog.open(this.file, this.subject, terms);
    this.doubt = catalog.doubt;
    const options = { snapshot, compression, trust: () => trust, attributes: false, clock: () => at };
    const scan = catalog.scan(options, { host: at, store: undefined }, full);
    const sent = [...scan.changes(tree)].filter((entry) => entry !== undefined);
    this.#store(
      scan,
      snapshot,
      sent.filter(({ path }) => ![...unusual.unreadable ?? [], ...unusual.unstored ?? []].includes(path)),
      at,
      unusual,
    );
    if (crash) return { sent: paths(sent), rest: [], summary: NOTHING };
    const own = sent.length === 0 ? 0 : 1;
    const rest = [...scan.rest(own)].map((line) => JSON.parse(line).gone ?? JSON.parse(line).path);
    const result = { sent: paths(sent), rest, summary: scan.summary(own) };
    const receipt = commitment(sha256(new TextEncoder().encode(snapshot)));
    catalog.conclude(scan, own, receipt, at, { host: at, store: at });
    this.subject = { ...this.subject, receipts: [receipt] };
    return result;
  }

  #store(scan: CatalogScan<Walked>, snapshot: string, sent: Walked[], at: number, unusual: Unusual): void {
    if (sent.length === 0) return;
    const lines = sent.map(({ ino: _ino, ctime: _ctime, nlink: _nlink, ...entry }) =>
      encodeIndexLine(1, entry)
    );
    scan.stored({
      number: 1,
      plain: 1000,
      parts: [{ size: 100, sha256: sha256(new TextEncoder().encode(snapshot)) }],
      taken: "taken" in unusual ? unusual.taken : new Date(at),
      entries: sent.length,
      members: sent.map((walked) => ({
        walked,
        archived: unusual.changing?.includes(walked.path) ? { ...walked } : walked,
      })),
      lines: new TextEncoder().encode(lines.join("")),
    });
  }
}

const NOTHING: TreeSummary = { entries: 0, bytes: 0, gone: 0, adopted: [], needs: [] };

function paths(entries: readonly Walked[]): string[] {
  return entries.map(({ path }) => path);
}
