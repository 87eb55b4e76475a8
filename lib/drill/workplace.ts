import { statfsSync } from "node:fs";
import { resolve } from "node:path/posix";
import type { Report } from "../app/events.ts";
import { removeTree } from "../extract/remove.ts";
import { Failure, Misuse, reason } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { shellWord } from "../model/shell.ts";

/** Space that must stay free: directories and file systems take more than the content of files. */
const RESERVE = 16 * 2 ** 20;

/** Private temporary directory of a drill, which holds decrypted files for as long as they are checked. */
export class Workplace {
  /** Absolute path, with access for this user only. */
  readonly path: string;
  readonly #report: Report;

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

  /** @throws {Failure} if there is less space than `bytes` and some reserve. */
  requireSpace(bytes: number): void {
    const { bavail, bsize } = statfsSync(this.path);
    if (bavail * bsize >= bytes + RESERVE) return;
    throw new Failure(
      `There are ${bavail * bsize} bytes free in "${printable(this.path)}", ${bytes} are restored`,
      {
        hint: "Name a directory with more space: --temp DIR, or set a smaller drill.bytes",
      },
    );
  }

  /** Removes it with everything in it. What cannot be removed is reported: it may hold decrypted files. */
  [Symbol.dispose](): void {
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
