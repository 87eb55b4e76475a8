import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Entry } from "../model/entry.ts";
import type { StagedFiles } from "./staged_files.ts";
import { attempt } from "./system.ts";

const CHUNK = 256 * 1024;

/**
 * Creates a copy of the staged file at the absolute path `source`, with the owner, mode and time of an entry.
 *
 * @returns Absolute path of the copy.
 */
export function copyFile(source: string, files: StagedFiles, entry: Entry): string {
  const from = attempt("read a file of the stage", () => openSync(source, "r"));
  try {
    const { size, blocks } = fstatSync(from);
    const copied: Entry = { ...entry, type: "file", size, ...(blocks * 512 < size ? { sparse: true } : {}) };
    const copy = files.file(copied);
    try {
      const buffer = new Uint8Array(CHUNK);
      for (let length = 1; length > 0;) {
        length = attempt("read a file of the stage", () => readSync(from, buffer));
        copy.write(buffer.subarray(0, length));
      }
      copy.close();
      return copy.place;
    } catch (error) {
      copy.discard();
      throw error;
    }
  } finally {
    closeSync(from);
  }
}
