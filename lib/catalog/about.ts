import * as v from "valibot";
import { sha256 } from "../model/digest.ts";
import { CatalogTrouble, type Database } from "./database.ts";

/** Header of a catalog: its subject, and facts about the last run. Times are in milliseconds. */
const about = v.strictObject({
  host: v.string(),
  /** Settings that make older volumes useless when they change, by their names for people. */
  settings: v.record(v.string(), v.string()),
  /** Member paths at which the walk begins, in its order. The keys of entries begin with their numbers. */
  declared: v.array(v.string()),
  /** Commitment of the last receipt; null before the first. */
  receipt: v.nullable(v.string()),
  /** Times at which its run began and ended, by the store's clock. */
  begun: v.nullable(v.number()),
  ended: v.nullable(v.number()),
  /** Days for which the store has certainly kept all objects. */
  kept: v.number(),
  /** Difference between the clocks: positive if the store's was ahead of the host's. */
  offset: v.number(),
  /** Bytes that were re-sent beyond what was due; negative if less. */
  ahead: v.number(),
  /** Last number in the order of volumes that was assigned. */
  lastSeq: v.number(),
  /** Checksums of the tables: see `row_checksum.ts`. */
  entries: v.string(),
  volumes: v.string(),
});

/** Returns the header of a catalog. */
export type About = v.InferOutput<typeof about>;

/**
 * Reads the header.
 *
 * @throws {CatalogTrouble} if it is damaged.
 */
export function readAbout(database: Database): About {
  const [row] = database.prepare("SELECT about, digest FROM header").all();
  if (row === undefined) throw new CatalogTrouble("it is incomplete");
  const [text, digest] = row;
  if (typeof text !== "string" || digest !== digestOf(text)) throw new CatalogTrouble("it is damaged");
  const parsed = v.safeParse(about, JSON.parse(text));
  if (!parsed.success) throw new CatalogTrouble("it is damaged");
  return parsed.output;
}

/** Writes the header. */
export function writeAbout(database: Database, about: About): void {
  const text = JSON.stringify(about);
  database.prepare("INSERT OR REPLACE INTO header (id, about, digest) VALUES (1, ?, ?)").run(
    text,
    digestOf(text),
  );
}

function digestOf(text: string): string {
  return sha256(new TextEncoder().encode(text));
}
