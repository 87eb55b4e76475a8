import { sha256 } from "../model/digest.ts";
import { foldsNames } from "./folding.ts";
import type { MadeFiles } from "./lost.ts";
import { openUp, removeTree } from "./remove.ts";
import { attempt, look, removeFile } from "./system.ts";

/** Stages are named so; all names have one length, so that it is known beforehand which paths are too long in one. */
const NAME = /^\.nightdrop-restore-[0-9a-f]{16}$/;

/** What the record of a stage is named like, behind the name of the stage. */
const RECORD = ".done";

const encoder = new TextEncoder();

/** Whether a name in a target is that of a stage, or of the record of one. */
export function isOfStage(name: string): boolean {
  return NAME.test(name.endsWith(RECORD) ? name.slice(0, -RECORD.length) : name);
}

/**
 * The directory of a stage. Beside it lies a record of the volumes that are complete in it: a restore that was cut off goes on
 * from there. The record is locked as long as its restore runs (man 2 flock), so nobody takes a stage that is in use.
 */
export class StageDirectory {
  /** Its absolute path. */
  readonly path: string;
  /** When it was made, by the clock of the file system. */
  readonly since: Date;
  /** Whether an earlier restore left it. */
  readonly resumed: boolean;
  readonly #record: Deno.FsFile;
  readonly #complete: Map<string, MadeFiles>;
  #open = true;

  private constructor(path: string, record: Deno.FsFile, since: Date, complete?: Map<string, MadeFiles>) {
    this.path = path;
    this.since = since;
    this.resumed = complete !== undefined;
    this.#record = record;
    this.#complete = complete ?? new Map();
  }

  /** Makes a new one in a target. Restores of the same purpose can go on with it. */
  static make(target: string, purpose: string): StageDirectory {
    const path = `${target}/.nightdrop-restore-${crypto.getRandomValues(new Uint8Array(8)).toHex()}`;
    return attempt(`make a directory in the target "${target}"`, () => {
      const record = Deno.openSync(path + RECORD, { read: true, write: true, createNew: true, mode: 0o600 });
      try {
        lock(record);
        Deno.mkdirSync(path, { mode: 0o700 });
        const since = Deno.lstatSync(path).mtime!;
        write(record, { purpose: sha256(encoder.encode(purpose)), since: since.getTime() });
        return new StageDirectory(path, record, since);
      } catch (error) {
        record.close();
        Deno.removeSync(path + RECORD);
        throw error;
      }
    });
  }

  /**
   * Takes one that an earlier restore of the same purpose left; undefined if `path` is none. Where the file system takes
   * different names for one it cannot be known which of them is there, so none is taken.
   */
  static resume(path: string, purpose: string): StageDirectory | undefined {
    const record = openRecord(path);
    const found = record && lock(record) ? readRecord(record) : undefined;
    const ours = look(path, path)?.uid === Deno.uid();
    if (found?.purpose !== sha256(encoder.encode(purpose)) || !ours || foldsNames(path)) {
      record?.close();
      return undefined;
    }
    openUp(path);
    return new StageDirectory(path, record!, new Date(found.since), found.complete);
  }

  /** Whether anything is complete in it. */
  get isWorthKeeping(): boolean {
    return this.#complete.size > 0;
  }

  /** What was made of a volume, if it is complete. */
  completed(volume: string): MadeFiles | undefined {
    return this.#complete.get(volume);
  }

  /** Takes note of a volume whose files are complete. */
  complete(volume: string, made: MadeFiles): void {
    this.#complete.set(volume, made);
    attempt("write the record of the restore", () => write(this.#record, { volume, ...made }));
  }

  /** Leaves it to a later restore. */
  keep(): void {
    if (this.#open) this.#record.close();
    this.#open = false;
  }

  /** Removes the record, and all that is in the stage unless that has to be looked at. */
  remove({ leaveFiles = false } = {}): void {
    this.keep();
    if (!leaveFiles) removeTree(this.path);
    removeFile(this.path + RECORD, RECORD);
  }
}

/** The stages in a target that no running restore uses. */
export function abandonedStages(target: string): string[] {
  const names = [...Deno.readDirSync(target)].filter(({ name }) => NAME.test(name)).map(({ name }) => name);
  return names.map((name) => `${target}/${name}`).filter((path) => {
    using record = openRecord(path);
    return record === undefined || lock(record);
  });
}

/** The paths of a stage and of its record. */
export function filesOf(stage: string): string[] {
  return [stage, stage + RECORD];
}

function openRecord(path: string): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path + RECORD, { read: true, write: true });
  } catch {
    return undefined;
  }
}

/** False if another process has it, or if the file system has no locks. */
function lock(record: Deno.FsFile): boolean {
  try {
    return record.tryLockSync(true);
  } catch {
    return false;
  }
}

function write(record: Deno.FsFile, line: object): void {
  const bytes = encoder.encode(JSON.stringify(line) + "\n");
  for (let at = 0; at < bytes.length;) at += record.writeSync(bytes.subarray(at));
}

interface Record {
  readonly purpose: string;
  readonly since: number;
  readonly complete: Map<string, MadeFiles>;
}

/** A process that was killed may have left half a line. */
function readRecord(record: Deno.FsFile): Record | undefined {
  const lines = readText(record).split("\n").slice(0, -1);
  try {
    const [{ purpose, since }, ...volumes] = lines.map((line) => JSON.parse(line));
    const complete = volumes.map(({ volume, ...made }): [string, MadeFiles] => [volume, made]);
    return { purpose, since, complete: new Map(complete) };
  } catch {
    return undefined;
  }
}

function readText(record: Deno.FsFile): string {
  const bytes = new Uint8Array(record.statSync().size);
  let length = 0;
  for (let read: number | null = 0; read !== null && length < bytes.length; length += read ?? 0) {
    read = record.readSync(bytes.subarray(length));
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}
