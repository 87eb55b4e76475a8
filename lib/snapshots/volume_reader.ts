import type { Layout } from "../extract/layout.ts";
import { type MadeFiles, nothingMade } from "../extract/lost.ts";
import type { ListedVolume } from "./index_reader.ts";
import type { VolumeContent } from "../model/name.ts";
import { contentOf, isBrokenDump, type PartRecord } from "../model/receipt.ts";
import { buffersOf } from "../model/pack.ts";
import type { SealedQuestion, SealedVolume } from "./open_volume.ts";
import { locate, readPart } from "./parts.ts";
import { PartMemory } from "./part_memory.ts";
import { ReadAhead } from "./read_ahead.ts";
import type { KeySource } from "../seal/session_key.ts";
import { volumeOpener } from "./opener.ts";
import { type Answer, SharedOpening } from "./shared_opening.ts";
import type { Snapshot } from "./snapshots.ts";
import type { ObjectReader } from "../store/contract.ts";
import type { Workers } from "../workers/pool.ts";
import { READ_VOLUME, type ReadNews, type ReadOrder } from "./volume_contents.ts";

/** Files of a volume to create in a stage. The others are skipped. */
export interface Making {
  /** Location of the files. */
  readonly layout: Layout;
  /** Array with a 1 for each entry of the volume that is wanted. */
  readonly wanted: Uint8Array;
}

/**
 * Opens volumes, each in a thread. Every byte is compared with the signed receipt before it is decrypted.
 */
export class VolumeReader {
  readonly #reader: ObjectReader;
  readonly #keys: KeySource;
  readonly #workers: Workers;
  readonly #signal: AbortSignal;
  readonly #memory: PartMemory;

  constructor(
    reader: ObjectReader,
    keys: KeySource,
    workers: Workers,
    signal: AbortSignal,
  ) {
    this.#reader = reader;
    this.#keys = keys;
    this.#workers = workers;
    this.#signal = signal;
    this.#memory = new PartMemory(workers.jobs);
  }

  /**
   * Reads a volume, compares it entry by entry with its lines of the index, and creates the wanted files. If
   * it throws, none of them is left.
   *
   * @throws {Damage} if anything in the volume differs from the index.
   */
  async read(
    snapshot: Snapshot,
    { volume, entries }: Pick<ListedVolume, "volume" | "entries">,
    making: Making | undefined,
    reported: (news: ReadNews) => void = () => {},
  ): Promise<MadeFiles> {
    if (!("from" in volume) && isBrokenDump(volume)) return nothingMade(); // its message is incomplete and cannot be opened
    const { compression } = snapshot.receipt;
    const { number, plain } = volume;
    const { directory, parts } = await locate(this.#reader, snapshot, volume, this.#signal);
    const own = structuredClone(entries); // a copy: the order consumes its entries
    const openKey = volumeOpener(number, this.#keys);
    const content: VolumeContent = contentOf({ parts });
    const sealed: SealedVolume = { plain, parts: parts.length, compression };
    const order: ReadOrder = { ...sealed, number, content, entries: own, making };
    const readOne = (part: PartRecord): Promise<Uint8Array<ArrayBuffer>> =>
      readPart(this.#reader, directory, part, this.#signal);
    await using ahead = new ReadAhead(parts, readOne, this.#memory);
    const answer = async (question: SealedQuestion): Promise<Answer> => {
      if (question.kind === "key") return { value: await openKey(question.packets) };
      const bytes = await ahead.take();
      return { value: bytes, transfer: [bytes.buffer] };
    };
    await using shared = new SharedOpening();
    return await this.#workers.run(READ_VOLUME, order, {
      answer: async (question) => {
        if (question.kind === "isOpenedElsewhere") {
          return { value: shared.begin(this.#workers, sealed, answer) };
        }
        if (question.kind !== "piece") return await answer(question);
        const piece = await shared.take();
        return { value: piece, transfer: piece ? [piece.bytes.buffer] : [] };
      },
      reported: (news) => {
        this.#signal.throwIfAborted();
        reported(news);
      },
    }, buffersOf(own));
  }
}
