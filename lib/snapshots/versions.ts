import type { Run } from "../app/events.ts";
import type { Host } from "../config/types.ts";
import { type ChainMember, chainOrder, linksAlone } from "../model/chain_order.ts";
import { type Entry, sameEntry } from "../model/entry.ts";
import { Failure } from "../model/failure.ts";
import type { Receipt } from "../model/receipt.ts";
import { compareUtf8 } from "../model/utf8_order.ts";
import { type KeySource, NoIdentity } from "../seal/session_key.ts";
import type { StoreReader } from "../store/contract.ts";
import { inOrder } from "../workers/in_order.ts";
import { Pauses } from "../workers/pause.ts";
import { begunAt, withReceipts } from "./find.ts";
import type { Wanted } from "./index_search.ts";
import { cannotRestore, entriesOf, FoundLines, type TreeLines } from "./found_lines.ts";
import { Globs, takenAsPath } from "./globs.ts";
import { PassedOver } from "./passed_over.ts";
import { type ReadDirectory, readSnapshots } from "./receipts_ahead.ts";
import { isOfOneSnapshot } from "./snapshots.ts";

/** Version of a path: an entry that is the same in all snapshots that have it. */
export interface Version {
  readonly entry: Entry;
  /** The first and the last snapshot that have it, in the order of the chain. */
  readonly first: string;
  readonly last: string;
  /** Number of snapshots that contain it. */
  readonly snapshots: number;
  /** Snapshots that it was sent in, as far as they are still needed: unchanged files are sent again. */
  readonly sentIn: readonly string[];
}

/** Options of {@linkcode findVersions}. */
export interface VersionOptions {
  readonly globs: readonly string[];
  /** Only snapshots that were begun then or later. */
  readonly since?: Date | undefined;
  /** Called with each snapshot that cannot be searched, or not completely. */
  readonly problem: (snapshot: string, why: Failure) => void;
}

/** Snapshots that are opened at the same time. */
const AT_ONCE = 4;

type Searched = ChainMember & { readonly receipt: Pick<Receipt, "snapshot" | "needs"> };

/** Versions that were found. */
export interface FoundVersions {
  /** Sorted by path, and then by age. */
  readonly versions: readonly Version[];
  /** Globs that select nothing. */
  readonly unmatched: readonly string[];
}

/**
 * Finds the versions of paths in all snapshots of a host. Each receipt and each index is read once; memory depends on what is
 * found.
 *
 * @throws {Misuse} if a glob is malformed. {@link NoIdentity} if no snapshot can be opened with the keys.
 */
export async function findVersions(
  host: Host,
  reader: StoreReader,
  keys: KeySource,
  options: VersionOptions,
  run: Run,
): Promise<FoundVersions> {
  const search = new VersionSearch(host, reader, keys, options, run);
  const trees = await search.trees();
  search.decide(trees);
  return await search.compare(trees);
}

class VersionSearch {
  readonly #host: Host;
  readonly #reader: StoreReader;
  readonly #options: VersionOptions;
  readonly #run: Run;
  readonly #globs: Globs;
  readonly #lines: FoundLines;
  readonly #searched: Searched[] = [];
  #foreign: NoIdentity | undefined;

  constructor(host: Host, reader: StoreReader, keys: KeySource, options: VersionOptions, run: Run) {
    this.#host = host;
    this.#reader = reader;
    this.#options = options;
    this.#run = run;
    this.#globs = new Globs(options.globs);
    const { maySelect, maySelectIn: mayBe } = this.#globs;
    const wanted: Wanted = Object.assign(
      (path: string, isDirectory: boolean) => maySelect({ path, type: isDirectory ? "directory" : "file" }),
      { mayBe },
    );
    this.#lines = new FoundLines(reader, keys, wanted, run.signal);
  }

  /** Searches all indexes, and returns the layers of each snapshot in the order of the chain. */
  async trees(): Promise<Map<string, TreeLines>> {
    const passedOver = new PassedOver();
    const read = readSnapshots(this.#reader, this.#host, this.#run, { passedOver: passedOver.add });
    for await (const _ of inOrder(withReceipts(read), AT_ONCE, this.#open));
    for (const [name, why] of passedOver.unreadable) this.#options.problem(name.split("/")[1] ?? "", why);
    if (this.#searched.length === 0 && this.#foreign !== undefined) throw this.#foreign;
    const trees = new Map<string, TreeLines>();
    for (const { id, receipt, commitment } of chainOrder(this.#searched).members) {
      await this.#orReport(id, async () => {
        trees.set(id, await this.#lines.tree({ host: this.#host.name, receipt, commitment }));
      });
    }
    return trees;
  }

  /** Decides which arguments are paths and which are globs. */
  decide(trees: ReadonlyMap<string, TreeLines>): void {
    if (!this.#globs.isAmbiguous) return;
    const indexes = new Set([...trees.values()].flatMap((layers) => layers.map(([, items]) => items)));
    for (const items of indexes) {
      for (const item of items) if (item.gone === undefined) this.#globs.see(item.entry);
    }
    for (const glob of this.#globs.decide()) this.#run.report({ event: "note", text: takenAsPath(glob) });
  }

  /** Compares the entries of the snapshots. */
  async compare(trees: ReadonlyMap<string, TreeLines>): Promise<FoundVersions> {
    const table = new VersionTable();
    const pauses = new Pauses(this.#run.signal);
    for (const [id, layers] of trees) {
      for (const { entry, sentIn, flaw } of entriesOf(layers)) {
        if (pauses.due) await pauses.take();
        if (!this.#globs.selects(entry)) continue;
        if (flaw === undefined) table.add(entry, id, sentIn);
        else this.#options.problem(id, cannotRestore(entry, flaw));
      }
    }
    return { versions: table.versions(), unmatched: this.#globs.unmatched };
  }

  readonly #open = async ({ directory, snapshot }: ReadDirectory): Promise<void> => {
    await this.#orReport(directory.id, async () => {
      if (snapshot instanceof Failure) throw snapshot;
      const { since } = this.#options;
      if (since !== undefined && begunAt(snapshot) < since) return;
      await this.#lines.in(snapshot);
      const member = linksAlone(snapshot);
      const { needs } = snapshot.receipt;
      this.#searched.push({ ...member, receipt: { ...member.receipt, snapshot: snapshot.id, needs } });
    });
  };

  async #orReport(snapshot: string, body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      if (error instanceof NoIdentity) this.#foreign ??= error;
      else if (!isOfOneSnapshot(error)) throw error;
      this.#options.problem(snapshot, error);
    }
  }
}

/** A version while snapshots are added to it. */
interface Growing {
  readonly entry: Entry;
  readonly first: string;
  last: string;
  snapshots: number;
  readonly sentIn: Set<string>;
}

/** Versions by path. Snapshots are added in their order. */
class VersionTable {
  readonly #byPath = new Map<string, Growing[]>();

  add(entry: Entry, snapshot: string, sentIn: string): void {
    const versions = this.#byPath.get(entry.path) ?? [];
    if (versions.length === 0) this.#byPath.set(entry.path, versions);
    const known = versions.findLast((it) => sameVersion(it.entry, entry));
    if (known === undefined) {
      versions.push({ entry, first: snapshot, last: snapshot, snapshots: 1, sentIn: new Set([sentIn]) });
    } else {
      if (known.last !== snapshot) known.snapshots += 1;
      known.last = snapshot;
      known.sentIn.add(sentIn);
    }
  }

  versions(): Version[] {
    const paths = [...this.#byPath.keys()].sort(compareUtf8);
    return paths.flatMap((path) => this.#byPath.get(path)!.map((it) => ({ ...it, sentIn: [...it.sentIn] })));
  }
}

/** Whether two entries are the same in all that is known of them. */
function sameVersion(a: Entry, b: Entry): boolean {
  if (a === b) return true;
  const sameContent = a.sha256 === undefined || b.sha256 === undefined || a.sha256 === b.sha256;
  return sameContent && sameEntry(a, b);
}
