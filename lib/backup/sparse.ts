import { formatCount } from "../model/format.ts";
import type { Content } from "../source/read.ts";

const MIB = 1024 * 1024;

/** Minimum size in bytes of a file with holes that is reported. */
const LARGE = 1024 * MIB;

/**
 * Returns a note about a large file with holes: reading them takes long, although they are not sent. Deno 2.9
 * cannot ask where they are (lseek(2), SEEK_DATA); only the number of blocks shows that a file has holes.
 */
export function sparseNote({ entry: { path, size }, allocated }: Content): string | undefined {
  if (size < LARGE || allocated * 2 > size) return undefined;
  const [all, held] = [size, allocated].map((bytes) => formatCount(Math.ceil(bytes / MIB)));
  return `"/${path}" has ${all} MiB, of which ${held} MiB are on its disk: its holes are read as zeros, which takes time`;
}
