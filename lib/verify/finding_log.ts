import type { Finding } from "./findings.ts";
import type { Problem } from "./directory_checks.ts";
import type { Failure } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { Unfinished } from "../snapshots/snapshots.ts";
import { StoreError } from "../store/contract.ts";

/** Maximum number of directories of one kind that are reported one by one. */
const MAX_DIRECTORIES = 50;

/** Maximum number of findings of one snapshot, or of none, that are reported one by one. */
const MAX_EACH = 100;

/** Kind of a finding. */
type Kind = Finding["kind"];

/**
 * Counts the findings of one host and passes them on. Directories without a good snapshot, and faults of one
 * snapshot, are reported one by one up to a limit, and then counted: an intruder with the host's credentials
 * can create 100,000.
 */
export class FindingLog {
  readonly #host: string;
  readonly #found: (finding: Finding) => void;
  readonly #counts: Record<Kind, number> = { damage: 0, unreadable: 0, warning: 0, note: 0 };
  readonly #directories = new Map<Kind, number>();
  readonly #snapshots = new Map<string | undefined, number>();

  constructor(host: string, found: (finding: Finding) => void) {
    this.#host = host;
    this.#found = found;
  }

  /** Returns the number of findings of a kind, reported or counted. */
  count(kind: Kind): number {
    return this.#counts[kind];
  }

  add(kind: Kind, snapshot: string | undefined, what: string): void {
    this.#counts[kind] += 1;
    const count = (this.#snapshots.get(snapshot) ?? 0) + 1;
    this.#snapshots.set(snapshot, count);
    if (count <= MAX_EACH) this.#pass(kind, snapshot, what);
  }

  /** Adds the findings of one snapshot. */
  addAll(snapshot: string | undefined, problems: Iterable<Problem>): void {
    for (const { kind, what } of problems) this.add(kind, snapshot, what);
  }

  /** Adds a directory without a good snapshot. */
  addDirectory(kind: Kind, snapshot: string, what: string): void {
    this.#counts[kind] += 1;
    const count = (this.#directories.get(kind) ?? 0) + 1;
    this.#directories.set(kind, count);
    if (count <= MAX_DIRECTORIES) this.#pass(kind, snapshot, what);
  }

  /** Reports the findings that were only counted. Call it last. */
  conclude(): void {
    for (const [kind, count] of this.#directories) {
      const more = count - MAX_DIRECTORIES;
      if (more > 0) this.#pass(kind, undefined, `${more} more directories are no good snapshots`);
    }
    for (const [snapshot, count] of this.#snapshots) {
      const more = count - MAX_EACH;
      if (more > 0) this.#pass("note", snapshot, `${more} more findings were counted only`);
    }
  }

  #pass(kind: Kind, snapshot: string | undefined, what: string): void {
    this.#found({
      kind,
      host: this.#host,
      snapshot: snapshot === undefined ? undefined : printable(snapshot),
      what,
    });
  }
}

/**
 * Returns the kind of finding for an error of one snapshot. Objects that the store does not return may be
 * good.
 */
export function findingKindOf(error: Failure): Finding["kind"] {
  if (error instanceof Unfinished) return "note";
  return error instanceof StoreError ? "unreadable" : "damage";
}
