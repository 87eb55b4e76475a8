import { ArchiveReader, type ArchiveSink } from "./archive/read.ts";
import { authenticBytes } from "./authentic.ts";
import type { Entry } from "./model/entry.ts";
import { sameEntry } from "./model/entry.ts";
import { Damage } from "./model/failure.ts";
import { checkIndexHeader, decodeIndexLine, type IndexLine, MAX_INDEX_LINE } from "./model/index.ts";
import { objectKey } from "./model/name.ts";
import { printable } from "./model/printable.ts";
import type { PartRecord, VolumeRecord } from "./model/receipt.ts";
import { release } from "./model/release.ts";
import type { Identity } from "./seal/identity.ts";
import { open } from "./seal/seal.ts";
import { openerOf } from "./seal/session_key.ts";
import type { Snapshot } from "./snapshots.ts";
import type { StoreReader } from "./store/contract.ts";

/** Opens what a snapshot holds. Every byte is held to the signed receipt before it is decrypted. */
export class VolumeReader {
  readonly #reader: StoreReader;
  readonly #snapshot: Snapshot;
  readonly #identities: readonly Identity[];
  readonly #signal: AbortSignal;

  constructor(reader: StoreReader, snapshot: Snapshot, identities: readonly Identity[], signal: AbortSignal) {
    this.#reader = reader;
    this.#snapshot = snapshot;
    this.#identities = identities;
    this.#signal = signal;
  }

  /**
   * The lines of the index, volume by volume: those of volume 1 first, as many as the receipt announces.
   *
   * @throws {Damage} when the index is not what the receipt announced.
   */
  async *index(): AsyncGenerator<{ volume: VolumeRecord; lines: Entry[] }> {
    const { volumes } = this.#snapshot.receipt;
    const lines = this.#indexLines();
    for (const volume of volumes) {
      const entries: Entry[] = [];
      while (entries.length < volume.entries) {
        const { value } = await lines.next();
        if (value?.volume !== volume.number) {
          throw new Damage(`The index does not list volume ${volume.number} whole`);
        }
        entries.push(value.entry);
      }
      yield { volume, lines: entries };
    }
    if (!(await lines.next()).done) throw new Damage("The index lists more than the receipt announces");
  }

  /**
   * Reads a volume into `sink` and holds it to its lines of the index, entry by entry. What the sink got is
   * authentic only when this has returned.
   *
   * @throws {Damage} when anything differs.
   */
  async read(volume: VolumeRecord, lines: readonly Entry[], sink: ArchiveSink): Promise<void> {
    let at = 0;
    const archive = new ArchiveReader({
      entry: (entry) => {
        const line = lines[at++];
        if (line === undefined || !sameEntry(line, entry)) {
          throw new Damage(
            `Volume ${volume.number} holds "${printable(entry.path)}", which is not what the index says`,
          );
        }
        sink.entry(entry);
      },
      content: (bytes) => sink.content(bytes),
      end: () => sink.end(),
    });
    for await (const chunk of this.#plain(volume)) archive.write(chunk);
    archive.close();
    if (at !== lines.length) throw new Damage(`Volume ${volume.number} ends before the index does`);
  }

  async *#indexLines(): AsyncGenerator<IndexLine> {
    const { id, host, receipt } = this.#snapshot;
    const lines = splitLines(this.#plain(receipt.index));
    checkIndexHeader((await lines.next()).value ?? "", host, id);
    for await (const line of lines) yield decodeIndexLine(line);
  }

  /** The plain bytes of a volume or the index, exactly as many as announced. */
  async *#plain(sealed: { plain: number; parts: readonly PartRecord[] }): AsyncGenerator<Uint8Array> {
    const how = {
      key: openerOf(this.#identities),
      compression: this.#snapshot.receipt.compression,
      limit: sealed.plain,
    };
    let length = 0;
    for await (const chunk of open(this.#authentic(sealed.parts), how)) {
      length += chunk.length;
      yield chunk;
      release(chunk as Uint8Array<ArrayBuffer>);
    }
    if (length !== sealed.plain) {
      throw new Damage(`${length} bytes were sealed where ${sealed.plain} are announced`);
    }
  }

  async *#authentic(parts: readonly PartRecord[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) {
      const bytes = await readPart(this.#reader, this.#snapshot, part, this.#signal);
      yield bytes;
      release(bytes);
    }
  }
}

/**
 * The bytes of one part, which are those that the receipt names.
 *
 * @throws {Damage} when the part is missing or another one.
 */
export async function readPart(
  reader: StoreReader,
  { host, id }: { host: string; id: string },
  part: PartRecord,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await authenticBytes(reader, {
    name: objectKey(host, id, part.name),
    sha256: part.sha256,
    maxBytes: part.size,
    label: part.name,
    by: "its receipt",
  }, signal);
  if (bytes.length !== part.size) throw new Damage(`${part.name} is not what its receipt says`);
  return bytes;
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
