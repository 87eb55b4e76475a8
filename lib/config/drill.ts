import type { Command } from "./settings.ts";

/** Entries that `drill` restores of each snapshot, and checks of the dumps. */
export interface DrillSettings {
  /** Absolute paths that every snapshot must have. They are always restored. */
  readonly always: readonly string[];
  /** Number of entries drawn with equal chances, and number of files drawn with chances by size. */
  readonly files: number;
  /** Maximum size in bytes of what is restored of a snapshot, without `always` and dumps. */
  readonly bytes: number;
  /** Checks of the dumps. */
  readonly dumps: readonly DumpCheck[];
}

/** Check of a restored dump. */
export interface DumpCheck {
  /** Name of the dump. */
  readonly name: string;
  /** Program that loads the dump, with the dump on standard input, `{file}` for its path and `{directory}` for an empty directory. */
  readonly load: Command | undefined;
  /** Program that prints what is compared with `expect`; undefined if loading is the whole check. */
  readonly check: Command | undefined;
  /** Output that `check` must print: a text, or a comparison with a number such as `>0`. */
  readonly expect: string | undefined;
  /** Time limit of each program in milliseconds. */
  readonly timeLimit: number;
}

/** Default of `drill`. */
export const DEFAULT_DRILL: DrillSettings = { always: [], files: 20, bytes: 200 * 2 ** 20, dumps: [] };
