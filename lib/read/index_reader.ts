import type { Entry } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import { checkIndexHeader, decodeIndexLine, type IndexLine, MAX_INDEX_LINE } from "../model/index.ts";
import type { AdoptedVolume, PartRecord, VolumeRecord } from "../model/receipt.ts";
import { release } from "../model/release.ts";
import { readPart } from "./parts.ts";
import type { Identity } from "../seal/identity.ts";
import { openExactly } from "../seal/seal.ts";
import { openerOf } from "../seal/session_key.ts";
import type { Snapshot } from "./snapshots.ts";
import type { ObjectReader } from "../store/contract.ts";

/** A volume and what the index says is in it, in order. */
export interface Listed {
  readonly volume: VolumeRecord | AdoptedVolume;
  readonly lines: readonly Entry[];
  readonly gone?: never;
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
    const lines = this.#lines(snapshot);
    for (const volume of volumes) yield await listed(volume, lines);
    for (let count = 0; count < index.gone; count += 1) {
      const { value } = await lines.next();
      if (value?.gone === undefined) throw new Damage("The index does not list all that is gone");
      yield { gone: value.gone };
    }
    for (const volume of adopted) yield await listed(volume, lines);
    if (!(await lines.next()).done) throw new Damage("The index lists more than the receipt announces");
  }

  /**
   * The volumes of {@link read} alone.
   *
   * @throws {Damage} likewise.
   */
  async *volumes(snapshot: Snapshot): AsyncGenerator<Listed> {
    for await (const item of this.read(snapshot)) if (item.gone === undefined) yield item;
  }

  async *#lines(snapshot: Snapshot): AsyncGenerator<IndexLine> {
    const { id, host, receipt } = snapshot;
    const key = openerOf(this.#identities);
    const how = { key, compression: receipt.compression, length: receipt.index.plain };
    const lines = splitLines(openExactly(this.#parts(snapshot, receipt.index.parts), how));
    checkIndexHeader((await lines.next()).value ?? "", host, id);
    for await (const line of lines) yield decodeIndexLine(line);
  }

  async *#parts(snapshot: Snapshot, parts: readonly PartRecord[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) {
      const bytes = await readPart(this.#reader, snapshot, part, this.#signal);
      yield bytes;
      release(bytes);
    }
  }
}

async function listed(volume: Listed["volume"], lines: AsyncGenerator<IndexLine>): Promise<Listed> {
  const entries: Entry[] = [];
  while (entries.length < volume.entries) {
    const { value } = await lines.next();
    if (value?.volume !== volume.number) {
      throw new Damage(`The index does not list volume ${volume.number} whole`);
    }
    entries.push(value.entry);
  }
  return { volume, lines: entries };
}

/** Lines of UTF-8 text, each ended by a newline. */
async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decode(decoder, chunk)).split("\n");
    rest = lines.pop()!;
    yield* lines;
    if (rest.length > MAX_INDEX_LINE) throw new Damage("A line of the index is too long");
  }
  if (rest + decode(decoder) !== "") throw new Damage("The index breaks off within a line");
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
  } catch {
    throw new Damage("The index is not UTF-8");
  }
}
