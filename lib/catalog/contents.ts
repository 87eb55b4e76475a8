import { type About, readAbout, writeAbout } from "./about.ts";
import type { Database } from "./database.ts";
import { Entries } from "./entries.ts";
import { Volumes } from "./volumes.ts";

/**
 * Tables and header of a catalog's file. They are written in one transaction, so that they are consistent
 * after a crash, too.
 */
export class Contents {
  readonly #database: Database;
  readonly entries: Entries;
  readonly volumes: Volumes;
  #about: About;

  /**
   * Reads the header.
   *
   * @throws {CatalogTrouble} if the file is damaged, as far as this shows before the entries are read.
   */
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
      entries: this.entries.checksum,
      volumes: this.volumes.checksum,
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
