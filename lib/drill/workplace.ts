import { resolve } from "node:path/posix";
import type { Report } from "../app/events.ts";
import { removeTree } from "../extract/remove.ts";
import { Misuse, reason } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";
import { takeSpace } from "./space.ts";

/** Private temporary directory of a drill, which holds decrypted files for as long as they are checked. */
export class Workplace {
  /** Absolute path, with access for this user only. */
  readonly path: string;
  readonly #report: Report;
  #space: Disposable | undefined;

  /**
   * @param parent Directory to create it in; undefined for that of temporary files.
   * @throws {Misuse} if it cannot be created.
   */
  constructor(parent: string | undefined, report: Report) {
    this.#report = report;
    try {
      this.path = Deno.makeTempDirSync({
        prefix: "nightdrop-drill-",
        ...(parent !== undefined && { dir: resolve(parent) }),
      });
    } catch (error) {
      throw new Misuse(`Cannot create a temporary directory: ${reason(error)}`, {
        hint: "Name a directory that exists and that you can write to: --temp DIR",
        cause: error,
      });
    }
  }

  /** Creates a directory in it. */
  directory(name: string): string {
    const path = `${this.path}/${name}`;
    Deno.mkdirSync(path, { mode: 0o700, recursive: true });
    return path;
  }

  /** Removes a directory in it. */
  empty(name: string): void {
    removeTree(`${this.path}/${name}`);
  }

  /**
   * Waits until there is space for `bytes` beside what drills of other hosts need.
   *
   * @throws {Failure} if there is too little for this drill alone.
   */
  async requireSpace(bytes: number, signal: AbortSignal): Promise<void> {
    this.#space = await takeSpace(this.path, bytes, signal);
  }

  /** Removes it with everything in it. What cannot be removed is reported: it may hold decrypted files. */
  [Symbol.dispose](): void {
    using _ = this.#space;
    try {
      removeTree(this.path);
    } catch (error) {
      const text = `Decrypted files are left: ${reason(error)}. To remove them: rm -rf ${
        shellWord(this.path)
      }`;
      this.#report({ event: "warning", text });
    }
  }
}
