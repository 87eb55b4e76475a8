import { type About, readAbout, writeAbout } from "./about.ts";
import type { Database } from "./database.ts";
import { Entries } from "./entries.ts";
import { Volumes } from "./volumes.ts";

/**
 * All that is in a catalog's file, and what it says of itself: one is written with the other in one transaction, so that
 * they fit after a crash, too.
 */
export class Contents {
  readonly #database: Database;
  readonly entries: Entries;
  readonly volumes: Volumes;
  #about: About;

  /** @throws {CatalogTrouble} when the file is damaged, as far as that shows before the entries are read. */
  constructor(database: Database) {
    this.#database = database;
    this.#about = readAbout(database);
    this.entries = new Entries(database, this.#about.entries);
    this.volumes = new Volumes(database, this.#about.volumes, this.#about.lastSeq);
    database.exec("BEGIN");
  }

  /** Header of the catalog. */
  get about(): About {
    return this.#about;
  }

  /** Commits the changes, together with the header of the catalog. */
  commit(changes: Partial<About> = {}): void {
    this.#about = {
      ...this.#about,
      ...changes,
      entries: this.entries.tally,
      volumes: this.volumes.tally,
      lastSeq: this.volumes.lastSeq,
    };
    writeAbout(this.#database, this.#about);
    this.#database.commit();
  }
}

/** Writes the header of a new catalog. */
export function beginContents(
  database: Database,
  about: Pick<About, "host" | "settings" | "declared" | "kept">,
): void {
  const empty = "0".repeat(16);
  writeAbout(database, {
    ...about,
    receipt: null,
    begun: null,
    ended: null,
    offset: 0,
    ahead: 0,
    lastSeq: 0,
    entries: empty,
    volumes: empty,
  });
}
