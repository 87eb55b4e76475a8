import type { Host } from "../config/types.ts";
import { chainOrder } from "../model/chain_order.ts";
import { dateDoubts } from "../snapshots/chain_doubts.ts";
import type { StoredDirectory } from "../snapshots/directories.ts";
import type { Snapshot } from "../snapshots/snapshots.ts";
import { type ChainLink, checkChain } from "./chain.ts";
import type { Finding } from "./findings.ts";
import { clocks, copies, isCopied, isLate } from "./directory_checks.ts";

type HistoryFinding = Pick<Finding, "kind" | "what"> & { readonly snapshot?: string };

/** A directory with an index and no receipt. */
interface Headless {
  readonly id: string;
  /** When the store took the last of its objects. */
  readonly storedAt: Date;
}

/** Directories without a receipt that wait for the chain to be known. */
const MAX_HEADLESS = 10_000;

/** Findings in all snapshots of a host together: their chain, dates and signers. */
export class History {
  /** Without the lists of parts, which would add up over many snapshots. */
  readonly #links: ChainLink[] = [];
  readonly #headless: Headless[] = [];
  readonly #unreadable: ReadonlySet<string>;

  /** @param unreadable Ids of directories that could not be read. */
  constructor(unreadable: ReadonlySet<string> = new Set()) {
    this.#unreadable = unreadable;
  }

  /** How many snapshots there are. */
  get count(): number {
    return this.#links.length;
  }

  /** Adds a snapshot whose receipt is good. */
  add({ id, commitment, storedAt, receipt }: Snapshot): void {
    const { previous, attempted, finished, signer } = receipt;
    this.#links.push({ id, commitment, storedAt, receipt: { previous, attempted, finished, signer } });
  }

  /** Takes note of a directory without a receipt; false if nothing is to be concluded from it. */
  addUnfinished({ id, hasIndex, latest }: StoredDirectory): boolean {
    if (!hasIndex || this.#headless.length === MAX_HEADLESS) return false;
    this.#headless.push({ id, storedAt: latest });
    return true;
  }

  /**
   * The index is sent just before the receipt: where only the receipt is missing, somebody took it away, or the run broke
   * off in just that moment. If there is a later snapshot, its place in the chain tells which; the newest has none. In a
   * copied store the dates do not tell what is later, but the ids do.
   */
  *headless(): Generator<HistoryFinding & { readonly snapshot: string }> {
    const copied = chainOrder(this.#links).contradiction !== undefined;
    const isLater = (it: ChainLink, { id, storedAt }: Headless): boolean =>
      copied ? it.id > id : it.storedAt > storedAt;
    for (const directory of this.#headless) {
      yield this.#links.some((it) => isLater(it, directory))
        ? {
          kind: "note",
          snapshot: directory.id,
          what: "There is no receipt: the run broke off just before its end",
        }
        : {
          kind: "damage",
          snapshot: directory.id,
          what: "The receipt is missing, though the index is there",
        };
    }
  }

  /** Judges the chain and the dates, once all snapshots are known. */
  *findings({ retention, signers, acknowledged }: Host, now: Date): Generator<HistoryFinding> {
    const order = chainOrder(this.#links);
    yield* checkChain(this.#links, retention.days, now, signers, acknowledged, this.#unreadable);
    for (const what of dateDoubts(order)) yield { kind: "warning", what };
    yield* this.#late(order.contradiction !== undefined);
    for (const what of this.#signers()) yield { kind: "note", what };
    if (this.#links.length + this.#unreadable.size === 0) {
      yield { kind: "damage", what: "There is no complete snapshot in the store" };
    }
  }

  /** Judges late dates together: only together do they show whether a clock is slow or the store was copied. */
  *#late(contradicted: boolean): Generator<HistoryFinding> {
    const late = this.#links.filter(isLate);
    if (isCopied(late)) yield* copies(late);
    else if (!contradicted) {
      for (const it of late) for (const found of clocks(it)) yield { ...found, snapshot: it.id };
    }
  }

  /** Yields which key signed which snapshots, if there are several keys. */
  *#signers(): Generator<string> {
    const bySigner = Map.groupBy(this.#links, ({ receipt }) => receipt.signer.fingerprint);
    if (bySigner.size < 2) return;
    for (const [signer, signed] of bySigner) {
      const ids = signed.map(({ id }) => id).sort();
      const span = ids.length === 1 ? ids[0] : `${ids.length} snapshots, ${ids[0]} to ${ids.at(-1)}`;
      yield `Signed by ${signer}: ${span}`;
    }
  }
}
