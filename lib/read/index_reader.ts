import { Damage } from "../model/failure.ts";
import { checkIndexHeader, decodeIndexLine, MAX_INDEX_LINE } from "../model/index.ts";
import { buffersOf, type Pack, Packer } from "../model/pack.ts";
import type { AdoptedVolume, PartRecord, VolumeRecord } from "../model/receipt.ts";
import { release, releaseAll } from "../model/release.ts";
import { Lines } from "./lines.ts";
import { readPart } from "./parts.ts";
import type { Identity } from "../seal/identity.ts";
import { openExactly } from "../seal/seal.ts";
import { openerOf } from "../seal/session_key.ts";
import type { Snapshot } from "./snapshots.ts";
import type { ObjectReader } from "../store/contract.ts";

/** A volume and what the index says is in it, in order. Whoever is done with it says so: see {@link releaseListed}. */
export interface Listed {
  readonly volume: VolumeRecord | AdoptedVolume;
  readonly entries: Pack;
  readonly gone?: never;
}

/** Gives the memory of what is listed back at once, and ends its use. */
export function releaseListed({ entries }: Listed): void {
  releaseAll(buffersOf(entries));
}

/** A path that older volumes hold and that is no more. */
export interface Gone {
  readonly gone: string;
}

/** Reads what snapshots hold by their indexes alone. Every byte is held to the signed receipt before it is decrypted. */
export class IndexReader {
  readonly #reader: ObjectReader;
  readonly #identities: readonly Identity[];
  readonly #signal: AbortSignal;

  constructor(reader: ObjectReader, identities: readonly Identity[], signal: AbortSignal) {
    this.#reader = reader;
    this.#identities = identities;
    this.#signal = signal;
  }

  /**
   * What a snapshot's index lists, just as the receipt announces it: its own volumes one by one, what is gone from older
   * ones, and then the volumes that it adopted.
   *
   * @throws {Damage} when the index is not what the receipt announced.
   */
  async *read(snapshot: Snapshot): AsyncGenerator<Listed | Gone> {
    const { volumes, adopted, index } = snapshot.receipt;
    await using lines = this.#lines(snapshot);
    checkIndexHeader(await lines.read() ?? "", snapshot.host, snapshot.id);
    for (const volume of volumes) yield await listed(volume, lines);
    for (let count = 0; count < index.gone; count += 1) {
      const line = await lines.read();
      const { gone } = line === undefined ? {} : decodeIndexLine(line);
      if (gone === undefined) throw new Damage("The index does not list all that is gone");
      yield { gone };
    }
    for (const volume of adopted) yield await listed(volume, lines);
    if (await lines.read() !== undefined) throw new Damage("The index lists more than the receipt announces");
  }

  /**
   * The volumes of {@link read} alone.
   *
   * @throws {Damage} likewise.
   */
  async *volumes(snapshot: Snapshot): AsyncGenerator<Listed> {
    for await (const item of this.read(snapshot)) if (item.gone === undefined) yield item;
  }

  #lines(snapshot: Snapshot): Lines {
    const { receipt } = snapshot;
    const key = openerOf(this.#identities);
    const how = { key, compression: receipt.compression, length: receipt.index.plain };
    return new Lines(openExactly(this.#parts(snapshot, receipt.index.parts), how), MAX_INDEX_LINE);
  }

  async *#parts(snapshot: Snapshot, parts: readonly PartRecord[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) {
      const bytes = await readPart(this.#reader, snapshot, part, this.#signal);
      yield bytes;
      release(bytes);
    }
  }
}

async function listed(volume: Listed["volume"], lines: Lines): Promise<Listed> {
  const entries = new Packer();
  while (entries.count < volume.entries) {
    const text = lines.next() ?? await lines.read();
    const line = text === undefined ? undefined : decodeIndexLine(text);
    if (line?.gone !== undefined || line?.volume !== volume.number) {
      throw new Damage(`The index does not list volume ${volume.number} whole`);
    }
    entries.add(line.entry);
  }
  return { volume, entries: entries.packed() };
}
