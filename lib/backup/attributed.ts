import type { AttributeReader } from "./attribute_reader.ts";
import { pause } from "../workers/pause.ts";
import type { SourceEntry } from "../source/walk.ts";

/**
 * Maximum number of entries of a piece. A piece has as many entries as a program accepts as arguments, and
 * not much more content than some volumes.
 */
const MAX_ENTRIES = 2000;

/** Maximum number of characters of their paths. */
const MAX_CHARACTERS = 256 * 1024;

/** Maximum number of bytes of their content. */
const MAX_CONTENT = 64 * 1024 * 1024;

/**
 * Yields the entries of a walk in pieces, with their attributes. The attributes of a piece are read while the
 * previous one is processed, so they delay nothing.
 */
export async function* attributed(
  entries: Iterable<SourceEntry | undefined>,
  reader: AttributeReader,
  signal: AbortSignal,
): AsyncGenerator<readonly SourceEntry[]> {
  const leaving = new AbortController();
  const pieces = inPieces(entries);
  const begin = (): Promise<readonly SourceEntry[] | undefined> =>
    readPiece(pieces, reader, AbortSignal.any([signal, leaving.signal]));
  let next = begin();
  try {
    for (let piece = await next; piece !== undefined; piece = await next) {
      next = begin();
      next.catch(() => {}); // it is thrown when its turn comes
      yield piece;
    }
  } finally {
    leaving.abort();
    await next.catch(() => {});
    pieces.return(undefined);
  }
}

async function readPiece(
  pieces: Iterator<SourceEntry[]>,
  reader: AttributeReader,
  signal: AbortSignal,
): Promise<readonly SourceEntry[] | undefined> {
  const { value, done } = pieces.next();
  if (done) return undefined;
  if (value.length > 0) await reader.read(value, signal);
  else await pause();
  signal.throwIfAborted();
  return value;
}

/** Splits entries into pieces. An opportunity to pause is an empty piece. */
function* inPieces(entries: Iterable<SourceEntry | undefined>): Generator<SourceEntry[]> {
  let [piece, characters, content]: [SourceEntry[], number, number] = [[], 0, 0];
  for (const entry of entries) {
    if (entry === undefined) {
      yield [];
      continue;
    }
    piece.push(entry);
    characters += entry.file.length;
    content += entry.size;
    if (piece.length < MAX_ENTRIES && characters < MAX_CHARACTERS && content < MAX_CONTENT) continue;
    yield piece;
    [piece, characters, content] = [[], 0, 0];
  }
  if (piece.length > 0) yield piece;
}
