import { appendFileSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { isGranted } from "../disk/granted.ts";
import { replaceFile } from "../disk/replace.ts";
import { textOf } from "../disk/text_of.ts";
import { reason } from "../model/failure.ts";

/** Objects that were copied to a mirror, and whether all of a directory were. */
export interface CopiedDirectory {
  /** Names in the directory. */
  readonly names: ReadonlySet<string>;
  /** Digest of the listing of which everything was copied; undefined if that did not end. */
  readonly complete: string | undefined;
}

const NOTHING: CopiedDirectory = { names: new Set(), complete: undefined };

/** Beginning of the line with the digest of a complete directory. No name of an object begins so. */
const COMPLETE = "= ";

/**
 * Objects that were copied to a mirror, on the owner's machine: a file for each directory, with a line for each object. The
 * credentials that put cannot ask the mirror. If the files are lost, everything is put once more, and refused where it
 * exists.
 */
export class MirrorProgress {
  readonly #directory: string;
  readonly #note: (text: string) => void;

  /**
   * @param directory Directory of the files, which is created.
   * @param note Called once if the files cannot be written.
   */
  constructor(directory: string, note: (text: string) => void) {
    this.#directory = directory;
    this.#note = note;
  }

  /** Returns what was copied of a directory. */
  of(id: string): CopiedDirectory {
    const file = `${this.#directory}/${id}`;
    const text = isGranted({ name: "read", path: file }) ? textOf(file) : undefined;
    if (text === undefined) return NOTHING;
    const lines = text.split("\n").slice(0, -1); // a line that was cut is not counted
    const last = lines.at(-1);
    return {
      names: new Set(lines.filter((line) => !line.startsWith(COMPLETE))),
      complete: last?.startsWith(COMPLETE) ? last.slice(COMPLETE.length) : undefined,
    };
  }

  /** Returns the ids of the directories of which something was copied. */
  ids(): string[] {
    try {
      return readdirSync(this.#directory).filter((it) => !it.startsWith(".")).sort();
    } catch {
      return [];
    }
  }

  /** Records that an object was copied. */
  add(id: string, name: string): void {
    this.#write(() => {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      appendFileSync(`${this.#directory}/${id}`, `${name}\n`, { mode: 0o600 });
    });
  }

  /** Records that all objects of a directory were copied. */
  complete(id: string, digest: string): void {
    const names = [...this.of(id).names];
    this.#write(() => {
      const lines = [...names, COMPLETE + digest].map((line) => `${line}\n`);
      replaceFile(`${this.#directory}/${id}`, lines.join(""), 0o600);
    });
  }

  /** Forgets a directory, which has expired. */
  forget(id: string): void {
    this.#write(() => rmSync(`${this.#directory}/${id}`, { force: true }));
  }

  #isNoted = false;

  #write(action: () => void): void {
    if (!isGranted({ name: "write", path: this.#directory })) return;
    try {
      action();
    } catch (error) {
      if (!this.#isNoted) {
        this.#note(`Cannot record what was copied, so the next run puts it again: ${reason(error)}`);
      }
      this.#isNoted = true;
    }
  }
}
