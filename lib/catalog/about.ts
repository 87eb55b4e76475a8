import * as v from "valibot";
import { sha256 } from "../model/digest.ts";
import { CatalogTrouble, type Database } from "./database.ts";

/** What a catalog is of, and what it knows of the last run. Times are in milliseconds. */
const about = v.strictObject({
  host: v.string(),
  /** What makes older volumes useless when it changes, each by what people call it. */
  settings: v.record(v.string(), v.string()),
  /** The member paths that the walk begins at, in its order: keys of entries begin with their numbers. */
  declared: v.array(v.string()),
  /** Commitment of the last receipt; null before the first. */
  receipt: v.nullable(v.string()),
  /** When its run began and ended, by the store's clock. */
  begun: v.nullable(v.number()),
  ended: v.nullable(v.number()),
  /** For how many days the store has certainly kept what was sent. */
  kept: v.number(),
  /** By how much the store's clock was ahead of the host's. */
  offset: v.number(),
  /** Bytes re-sent beyond what was due, or less. */
  ahead: v.number(),
  /** The last place in the order of volumes that was given away. */
  lastSeq: v.number(),
  /** What the tables hold: see `row_checksum.ts`. */
  entries: v.string(),
  volumes: v.string(),
});

/** Returns the header of a catalog. */
export type About = v.InferOutput<typeof about>;

/** Reads the one row of it. @throws {CatalogTrouble} when it is damaged. */
export function readAbout(database: Database): About {
  const [row] = database.prepare("SELECT about, digest FROM memory").all();
  if (row === undefined) throw new CatalogTrouble("it is incomplete");
  const [text, digest] = row;
  if (typeof text !== "string" || digest !== digestOf(text)) throw new CatalogTrouble("it is damaged");
  const parsed = v.safeParse(about, JSON.parse(text));
  if (!parsed.success) throw new CatalogTrouble("it is damaged");
  return parsed.output;
}

/** Writes it. */
export function writeAbout(database: Database, about: About): void {
  const text = JSON.stringify(about);
  database.prepare("INSERT OR REPLACE INTO memory (id, about, digest) VALUES (1, ?, ?)").run(
    text,
    digestOf(text),
  );
}

function digestOf(text: string): string {
  return sha256(new TextEncoder().encode(text));
}
