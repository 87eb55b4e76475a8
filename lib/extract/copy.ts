import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Entry } from "../model/entry.ts";
import type { StagedFiles } from "./staged_files.ts";
import { attempt } from "./system.ts";

const CHUNK = 256 * 1024;

/** Makes a copy of a staged file, whose absolute path is `source`, with the attributes of an entry. */
export function copyFile(source: string, files: StagedFiles, entry: Entry): void {
  const from = attempt("read a file of the stage", () => openSync(source, "r"));
  try {
    const copy = files.file({ ...entry, type: "file", size: fstatSync(from).size });
    try {
      const buffer = new Uint8Array(CHUNK);
      for (let length = 1; length > 0;) {
        length = attempt("read a file of the stage", () => readSync(from, buffer));
        copy.write(buffer.subarray(0, length));
      }
      copy.close();
    } catch (error) {
      copy.discard();
      throw error;
    }
  } finally {
    closeSync(from);
  }
}
