import { listDirectory, type Names } from "./listing.ts";
import { WideLister } from "./wide.ts";

/** Access of a walk to directories. */
export interface Directories extends Disposable {
  /**
   * Lists a directory. Yields as long as its first names are not there.
   *
   * @param isWide Whether it may have too many names to be listed at once.
   * @throws The errors of `Deno.readDirSync`.
   */
  list(path: string, isWide: boolean): Generator<undefined, Names>;
}

/** Directories that are listed when the walk enters them. */
export class DirectoriesNow implements Directories {
  readonly #typed: boolean;
  readonly #wide = new WideLister();

  /**
   * Creates the access.
   *
   * @param typed Whether {@linkcode Names.isDirectory} will be called.
   */
  constructor(typed: boolean) {
    this.#typed = typed;
  }

  *list(path: string, isWide: boolean): Generator<undefined, Names> {
    return isWide ? yield* this.#wide.list(path) : listDirectory(path, this.#typed);
  }

  [Symbol.dispose](): void {
    this.#wide[Symbol.dispose]();
  }
}
