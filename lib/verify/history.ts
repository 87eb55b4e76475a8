import type { Host } from "../config/types.ts";
import { chainOrder } from "../model/chain_order.ts";
import { dateDoubts } from "../snapshots/chain_doubts.ts";
import type { StoredDirectory } from "../snapshots/directories.ts";
import type { Snapshot } from "../snapshots/snapshots.ts";
import { type ChainLink, checkChain } from "./chain.ts";
import type { Finding } from "./findings.ts";
import { clocks, copies, isCopied, isLate } from "./directory_checks.ts";

type HistoryFinding = Pick<Finding, "kind" | "what"> & { readonly snapshot?: string };

/** Directory with an index and without a receipt. */
interface Headless {
  readonly id: string;
  /** Time at which the store received the last of its objects. */
  readonly storedAt: Date;
}

/** Snapshots that a key has signed. */
export interface SigningPeriod {
  /** Fingerprint of the key. */
  readonly signer: string;
  /** Number of snapshots. */
  readonly snapshots: number;
  /** Id of the first snapshot. */
  readonly first: string;
  /** Id of the last snapshot. */
  readonly last: string;
}

/** Maximum number of directories without a receipt that wait until the chain is known. */
const MAX_HEADLESS = 10_000;

/** Collects the snapshots of a host for findings about all of them: their chain, dates and signers. */
export class History {
  /** Snapshots without the lists of their parts, which would add up. */
  readonly #links: ChainLink[] = [];
  readonly #headless: Headless[] = [];
  readonly #unreadable: ReadonlySet<string>;

  /**
   * Creates an empty history.
   *
   * @param unreadable Ids of directories that could not be read.
   */
  constructor(unreadable: ReadonlySet<string> = new Set()) {
    this.#unreadable = unreadable;
  }

  /** Number of snapshots. */
  get count(): number {
    return this.#links.length;
  }

  /** Adds a snapshot whose receipt is good. */
  add({ id, commitment, storedAt, receipt }: Snapshot): void {
    const { previous, attempted, finished, signer } = receipt;
    this.#links.push({ id, commitment, storedAt, receipt: { previous, attempted, finished, signer } });
  }

  /** Records a directory without a receipt. Returns false if it allows no conclusion. */
  addUnfinished({ id, hasIndex, latest }: StoredDirectory): boolean {
    if (!hasIndex || this.#headless.length === MAX_HEADLESS) return false;
    this.#headless.push({ id, storedAt: latest });
    return true;
  }

  /**
   * Yields findings for directories without a receipt. The index is sent just before the receipt: if only the
   * receipt is missing, somebody removed it, or the run was interrupted in exactly this moment. If there is a
   * later snapshot, the chain shows which; after the newest snapshot it cannot. In a copied store, the ids
   * instead of the dates show what is later.
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

  /** Yields findings about the chain and the dates. Call it when all snapshots are known. */
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

  /**
   * Yields findings about late dates. Only together do they show whether a clock is slow or the store was
   * copied.
   */
  *#late(contradicted: boolean): Generator<HistoryFinding> {
    const late = this.#links.filter(isLate);
    if (isCopied(late)) yield* copies(late);
    else if (!contradicted) {
      for (const it of late) for (const found of clocks(it)) yield { ...found, snapshot: it.id };
    }
  }

  /** Signing keys and what each has signed, the first key first. */
  get signers(): SigningPeriod[] {
    const bySigner = Map.groupBy(this.#links, ({ receipt }) => receipt.signer.fingerprint);
    const periods = [...bySigner].map(([signer, signed]) => {
      const ids = signed.map(({ id }) => id).sort();
      return { signer, snapshots: ids.length, first: ids[0]!, last: ids.at(-1)! };
    });
    return periods.sort((a, b) => a.first < b.first ? -1 : 1);
  }

  /** Yields the signing keys and their snapshots, if there are several keys. */
  *#signers(): Generator<string> {
    const periods = this.signers;
    if (periods.length < 2) return;
    for (const { signer, snapshots, first, last } of periods) {
      yield `Signed by ${signer}: ${snapshots === 1 ? first : `${snapshots} snapshots, ${first} to ${last}`}`;
    }
  }
}
