import type { CompressionKind } from "./compression.ts";
import { Misuse } from "./failure.ts";

/**
 * Maximum length in bytes of a file name, so that a SHA-256, a number and the suffixes fit into a component
 * of 255 bytes.
 */
const MAX_FILE_NAME_BYTES = 160;

const SUFFIX: Readonly<Record<CompressionKind, string>> = { zstd: ".zst", gzip: ".gz", none: "" };

/**
 * Returns `<sha256>-<file name>`: the name of an uploaded file. It lies in no directory, where no reader of
 * backups searches.
 *
 * @throws {Misuse} if the file's name is too long.
 */
export function uploadName(file: string, sha256: string): string {
  return `${sha256}-${checked(file)}`;
}

/**
 * Returns `upload-<id>/000000-<sha256>-<file name>.zst.gpg`: the name of a part (from 0) of a file that was
 * encrypted.
 */
export function sealedFilePartName(
  file: string,
  id: string,
  part: number,
  sha256: string,
  compression: CompressionKind,
): string {
  const number = String(part).padStart(6, "0");
  return `upload-${id}/${number}-${sha256}-${checked(file)}${SUFFIX[compression]}.gpg`;
}

function checked(file: string): string {
  if (new TextEncoder().encode(file).length <= MAX_FILE_NAME_BYTES) return file;
  throw new Misuse(`The name of "${file}" has more than ${MAX_FILE_NAME_BYTES} bytes`, {
    hint: "Link it to a shorter name and upload that",
  });
}
