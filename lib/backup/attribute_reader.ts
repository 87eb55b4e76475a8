import type { Run } from "../app/events.ts";
import { reason } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import type { ReportTrouble } from "../model/trouble.ts";
import type { SourceEntry } from "../source/entry.ts";
import { GETFATTR, type PrintedAttribute, type PrintedError, Unintelligible } from "../source/getfattr.ts";
import { ACCESS_ACL, storedAttributes } from "../source/stored_attributes.ts";
import { systemCodeOf } from "../source/trouble.ts";
import { type Answer, getfattr } from "./getfattr.ts";

/** Options of an {@link AttributeReader}. */
export interface AttributeOptions {
  /** Whether to read attributes at all. */
  readonly wanted: boolean;
  /** Program that reads them. Default: `getfattr`. */
  readonly program?: string;
  /** Time limit in milliseconds for some thousand files. Default: 5 minutes. */
  readonly timeLimit?: number;
  /** Maximum number of bytes of output that are read at a time. Default: 4 MiB. */
  readonly maxBytes?: number;
}

/**
 * Default options. A file system that does not answer for as long as the time limit blocks the walk as well.
 */
const DEFAULTS = { program: GETFATTR, timeLimit: 5 * 60_000, maxBytes: 4 * 1024 * 1024 };

/** Number of failures after which the program is not started again. */
const MAX_FAILURES = 3;

/** Message of getfattr for a path that is gone or replaced. The reader of its content reports it. */
const VANISHED: ReadonlySet<string> = new Set([
  "No such file or directory",
  "Not a directory",
  "Too many levels of symbolic links",
]);

/** Message of getfattr if a file system lists attributes and returns none. */
const REFUSED = /(?:^|: )Operation not supported$/;

/** Maximum number of items of a list that a message names. */
const MAX_NAMED = 3;

/** Reads the attributes of files with the program getfattr, and reports those that cannot be stored. */
export class AttributeReader {
  readonly #options: typeof DEFAULTS;
  readonly #report: ReportTrouble;
  readonly #run: Run;
  /** Names of attributes and numbers of devices that were reported. */
  readonly #reported = new Set<string | number>();
  #isOff: boolean;
  #failures = 0;

  constructor({ wanted, ...options }: AttributeOptions, report: ReportTrouble, run: Run) {
    this.#options = { ...DEFAULTS, ...options };
    this.#isOff = !wanted;
    this.#report = report;
    this.#run = run;
  }

  /**
   * Adds the attributes to entries. If none could be read, an entry is left unchanged, without a status.
   *
   * @throws The reason of the signal, if it is aborted.
   */
  async read(entries: readonly SourceEntry[], signal: AbortSignal = this.#run.signal): Promise<void> {
    let rest = entries.filter(({ type }) => type !== "hardlink"); // they have those of their file
    while (rest.length > 0 && !this.#isOff) rest = rest.slice(await this.#readFirst(rest, signal));
  }

  /** Reads the attributes of the first of `entries`. Returns the number of entries that are done. */
  async #readFirst(entries: readonly SourceEntry[], signal: AbortSignal): Promise<number> {
    try {
      const answer = await getfattr(this.#options.program, entries.map(({ file }) => file), {
        ...this.#options,
        signal,
      });
      this.#take(answer, entries);
      return answer.done;
    } catch (error) {
      signal.throwIfAborted();
      if (systemCodeOf(error) === "E2BIG" && entries.length > 1) {
        return await this.#readFirst(entries.slice(0, Math.ceil(entries.length / 2)), signal);
      }
      if (error instanceof Unintelligible) this.#fail(error.message, entries);
      else this.#switchOff(whyNotStarted(error, this.#options.program));
      return entries.length;
    }
  }

  #take({ done, attributes, errors, endless }: Answer, entries: readonly SourceEntry[]): void {
    const failed = Map.groupBy(errors, ({ place }) => place);
    for (const [place, entry] of entries.slice(0, done).entries()) {
      const printed = attributes.get(place) ?? [];
      if (printed.length > 0 || failed.has(place)) {
        this.#put(entry, printed, failed.get(place) ?? [], place === endless);
      } else entry.attributeStatus = "all";
    }
  }

  #put(
    entry: SourceEntry,
    printed: readonly PrintedAttribute[],
    errors: readonly PrintedError[],
    isEndless: boolean,
  ): void {
    const messages = errors.map(({ message }) => message);
    if (messages.some((it) => VANISHED.has(it))) return;
    const refused = messages.find((it) => REFUSED.test(it));
    if (refused !== undefined) this.#reportDevice(entry);
    const isAclUnknown = messages.some((it) => it.startsWith(`${ACCESS_ACL}: `));
    const stored = storedAttributes(printed, isAclUnknown);
    const mode = stored.safeMode(entry.mode);
    const narrowed = mode === entry.mode ? {} : { mode, statMode: entry.mode };
    if (!isStill(entry)) {
      Object.assign(entry, narrowed);
      return this.#report({ kind: "changed", path: entry.file, reason: REPLACED });
    }
    const failures = messages.filter((it) => !REFUSED.test(it)).map((it) =>
      `its attributes: ${printable(it)}`
    );
    const all = [
      ...stored.lacks,
      ...failures,
      ...(isEndless ? ["most of its attributes: they are too many"] : []),
    ];
    const attributeStatus = refused !== undefined ? undefined : all.length === 0 ? "all" : "some";
    Object.assign(entry, stored.attributes, narrowed, { attributeStatus });
    for (const name of stored.foreign) this.#reportName(name, entry);
    if (all.length > 0) {
      this.#report({ kind: "unread", path: entry.file, reason: `stored without ${listed(all)}` });
    }
  }

  #reportName(name: string, { file }: SourceEntry): void {
    if (this.#isReported(name)) return;
    this.#warn(`Attributes "${name}", as "${printable(file)}" has one, are not stored: ${STORED}`);
  }

  #reportDevice({ file, dev }: SourceEntry): void {
    if (this.#isReported(dev)) return;
    this.#warn(
      `The file system of "${
        printable(file)
      }" does not give the attributes that it lists: they are not stored`,
    );
  }

  #isReported(what: string | number): boolean {
    return this.#reported.size === this.#reported.add(what).size;
  }

  /** Reports that some thousand entries are without attributes. Later ones may succeed. */
  #fail(why: string, [first, ...others]: readonly SourceEntry[]): void {
    const whose = others.length === 0
      ? "its attributes"
      : `its attributes and those of ${others.length} entries behind it`;
    this.#report({
      kind: "unread",
      path: first!.file,
      reason: `stored without ${whose}: "getfattr" failed: ${why}`,
    });
    this.#failures += 1;
    if (this.#failures === MAX_FAILURES) this.#switchOff(`"getfattr" failed ${MAX_FAILURES} times`);
  }

  #switchOff(why: string): void {
    this.#isOff = true;
    this.#warn(`Extended attributes, ACLs and capabilities are not backed up: ${why}`);
  }

  #warn(text: string): void {
    this.#run.report({ event: "warning", text });
  }
}

const STORED = "only those of users, the kernel's security modules and trusted programs, and POSIX ACLs are";

const REPLACED = "something else took its place while its attributes were read, which are not stored";

/** Whether the path of an entry still holds what the walk found. */
function isStill({ file, dev, ino }: SourceEntry): boolean {
  try {
    const stat = Deno.lstatSync(file);
    return stat.dev === dev && stat.ino === ino;
  } catch {
    return false;
  }
}

function listed(items: readonly string[]): string {
  const more = items.length - MAX_NAMED;
  return items.slice(0, MAX_NAMED).join("; ") + (more > 0 ? `; and ${more} more` : "");
}

function whyNotStarted(error: unknown, program: string): string {
  const what = `cannot run "${printable(program)}"`;
  if (error instanceof Deno.errors.NotFound) {
    return `${what}: there is no such program. Install it (Debian: \`apt-get install attr\`), or set attributes: false`;
  }
  if (error instanceof Deno.errors.NotCapable) {
    return `${what}: the sandbox does not grant it. Run \`nightdrop permissions --write\``;
  }
  return `${what}: ${printable(reason(error))}`;
}
