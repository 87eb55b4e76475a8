import { formatCount } from "../model/format.ts";
import type { Content } from "../source/read.ts";

const MIB = 1024 * 1024;

/** From so many bytes on it is said of a file with holes that it is read. */
const LARGE = 1024 * MIB;

/**
 * What to say of a large file with holes: to read them takes long, and nothing of it shows in what is sent. Deno 2.9 cannot ask
 * where they are (lseek(2), SEEK_DATA); that a file has some shows in the blocks that it takes.
 */
export function sparseNote({ entry: { path, size }, allocated }: Content): string | undefined {
  if (size < LARGE || allocated * 2 > size) return undefined;
  const [all, held] = [size, allocated].map((bytes) => formatCount(Math.ceil(bytes / MIB)));
  return `"/${path}" has ${all} MiB, of which ${held} MiB are on its disk: its holes are read as zeros, which takes time`;
}
