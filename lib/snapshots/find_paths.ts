import type { Entry } from "../model/entry.ts";
import { type Layer, layersOf } from "../model/layers.ts";
import type { KeySource } from "../seal/session_key.ts";
import type { ObjectReader } from "../store/contract.ts";
import { inOrder } from "../workers/in_order.ts";
import { type Gone, IndexReader } from "./index_reader.ts";
import { type FoundLine, searchIndex, type Wanted } from "./index_search.ts";
import { LineJudge } from "./line_judge.ts";
import { neededSnapshot, type Snapshot } from "./snapshots.ts";

/** Location of a path in the tree of a snapshot. */
export interface FoundPath extends FoundLine {
  /** Snapshot whose index lists it. */
  readonly snapshot: Snapshot;
  /** Reason why it cannot be restored; undefined if it can. The file of a hard link is not checked. */
  readonly flaw: string | undefined;
}

/**
 * Finds paths in the tree of a snapshot. It reads the indexes of its layers from the uppermost, until all
 * paths are found: lower layers cannot change the result.
 *
 * @throws {Damage} if an index or a receipt that may list one of them cannot be trusted.
 */
export async function findPaths(
  snapshot: Snapshot,
  paths: Iterable<string>,
  reader: ObjectReader,
  keys: KeySource,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, FoundPath>> {
  const search = new Search(paths);
  const enough = new AbortController();
  const either = AbortSignal.any([signal, enough.signal]);
  const index = new IndexReader(reader, keys, either);
  const { wants } = search;
  const read = async (layer: Layer): Promise<LayerLines> => {
    const { receipt } = layer;
    const source = receipt === undefined
      ? snapshot
      : await neededSnapshot(reader, snapshot.host, { ...layer, receipt }, either);
    return { layer, source, lines: await Array.fromAsync(searchIndex(index, source, wants)) };
  };
  for await (const lines of inOrder(search.isDone ? [] : layersOf(snapshot.receipt), AT_ONCE, read)) {
    search.takeLayer(lines);
    if (!search.isDone) continue;
    enough.abort();
    break;
  }
  return search.found;
}

/** Indexes that are read at the same time. */
const AT_ONCE = 4;

/** Lines of the index of a layer for the paths. */
interface LayerLines {
  readonly layer: Layer;
  readonly source: Snapshot;
  readonly lines: readonly (FoundLine | Gone)[];
}

class Search {
  readonly #open: Set<string>;
  readonly #wanted: ReadonlySet<string>;
  readonly #judge = new LineJudge();
  readonly found = new Map<string, FoundPath>();

  constructor(paths: Iterable<string>) {
    this.#open = new Set(paths);
    this.#wanted = new Set([...this.#open].flatMap((path) => [path, ...above(path)]));
  }

  get wants(): Wanted {
    const lengths = new Set([...this.#wanted].map((path) => path.length));
    return Object.assign((path: string) => this.#wanted.has(path), {
      mayBe: (_: string, from: number, to: number) => lengths.has(to - from),
    });
  }

  get isDone(): boolean {
    return this.#open.size === 0;
  }

  takeLayer({ layer, source, lines }: LayerLines): void {
    for (const line of lines) {
      if (line.gone === undefined) this.#take(line, layer, source);
      else if (layer.receipt === undefined) this.#gone(line.gone);
    }
    this.#judge.endLayer();
  }

  #take(line: FoundLine, layer: Layer, snapshot: Snapshot): void {
    const { entry, volume } = line;
    if (!layer.has(volume.number)) return;
    const verdict = this.#judge.judge(entry, volume.number, "from" in volume);
    if (verdict === "covered" || verdict === "beyond" || !this.#open.delete(entry.path)) return;
    const flaw = typeof verdict === "string" ? undefined : verdict.reason;
    this.found.set(entry.path, { ...line, snapshot, flaw });
  }

  #gone(path: string): void {
    this.#judge.gone(path);
    this.#open.delete(path);
  }
}

/** Yields the directories above a path. */
function* above(path: Entry["path"]): Generator<string> {
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) yield path.slice(0, at);
}
