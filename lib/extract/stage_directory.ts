import { dirname } from "node:path/posix";
import { foldsNames } from "./file_system.ts";
import type { MadeFiles } from "./lost.ts";
import { removeNewFiles } from "./new_files.ts";
import { openUp, removeTree } from "./remove.ts";
import { type Recorded, StageRecord } from "./stage_record.ts";
import { attempt, look, removeFile } from "./system.ts";

/** Names of stages. All have one length, so it is known in advance which paths are too long in one. */
const NAME = /^\.nightdrop-restore-[0-9a-f]{16}$/;

/** Suffix of the name of a stage's record. */
const RECORD = ".done";

/** Whether a name in a target is that of a stage, or of the record of one. */
export function isOfStage(name: string): boolean {
  return NAME.test(name.endsWith(RECORD) ? name.slice(0, -RECORD.length) : name);
}

/**
 * Directory of a stage, with further ones for mounts in the target. Beside it lies a record of the complete
 * volumes, with which an interrupted restore can be continued.
 */
export class StageDirectory {
  /** Absolute path. */
  readonly path: string;
  /** Whether an earlier restore left it. */
  readonly resumed: boolean;
  readonly #record: StageRecord;
  readonly #complete: Map<string, MadeFiles>;
  readonly #mounts: string[];

  private constructor(path: string, record: StageRecord, found?: Recorded) {
    this.path = path;
    this.resumed = found !== undefined;
    this.#record = record;
    this.#complete = found?.complete ?? new Map();
    this.#mounts = found?.mounts ?? [];
  }

  /** Creates a stage in a target. Restores with the same purpose can continue it. */
  static make(target: string, purpose: string): StageDirectory {
    const path = `${target}/.nightdrop-restore-${crypto.getRandomValues(new Uint8Array(8)).toHex()}`;
    return attempt(`make a directory in the target "${target}"`, () => {
      const record = StageRecord.make(path + RECORD, purpose);
      try {
        Deno.mkdirSync(path, { mode: 0o700 });
        return new StageDirectory(path, record);
      } catch (error) {
        record[Symbol.dispose]();
        Deno.removeSync(path + RECORD);
        throw error;
      }
    });
  }

  /**
   * Opens a stage that an earlier restore with the same purpose left; undefined if `path` is none. If the
   * file system treats different names as equal, it is unknown which of them exist, so no stage is continued.
   */
  static resume(path: string, purpose: string): StageDirectory | undefined {
    const record = StageRecord.open(path + RECORD);
    const found = record?.lock() ? record.read(purpose) : undefined;
    if (record === undefined || found === undefined || !isReusable(path)) {
      record?.[Symbol.dispose]();
      return undefined;
    }
    openUp(path);
    removeNewFiles(path);
    return new StageDirectory(path, record, found);
  }

  /** Returns the absolute path of a further stage in a directory. */
  pathIn(directory: string): string {
    return directory + this.path.slice(this.path.lastIndexOf("/"));
  }

  /**
   * Creates a further stage, or continues the one that an earlier restore left.
   *
   * @param directory Absolute path of a directory in the target on which something is mounted.
   * @returns Absolute path of the stage.
   */
  addMount(directory: string): string {
    const path = this.pathIn(directory);
    if (this.#mounts.includes(path) && isReusable(path)) openUp(path);
    else {
      removeTree(path);
      attempt(`make a directory in "${directory}"`, () => {
        keepingTime(directory, () => Deno.mkdirSync(path, { mode: 0o700 }));
      });
      this.#mounts.push(path);
      this.#record.addMount(path);
    }
    return path;
  }

  /** Whether it contains any complete volume. */
  get isWorthKeeping(): boolean {
    return this.#complete.size > 0;
  }

  /** Returns the result of a volume, if it is complete. */
  completed(volume: string): MadeFiles | undefined {
    return this.#complete.get(volume);
  }

  /** Records a volume whose files are complete. */
  complete(volume: string, made: MadeFiles): void {
    this.#complete.set(volume, made);
    attempt("write the record of the restore", () => this.#record.complete(volume, made));
  }

  /** Leaves the stage for a later restore. */
  keep(): void {
    this.#record[Symbol.dispose]();
  }

  /** Removes the record and, unless `leaveFiles`, everything in the stage. */
  remove({ leaveFiles = false } = {}): void {
    this.keep();
    if (!leaveFiles) {
      for (const path of this.#mounts) keepingTime(dirname(path), () => removeTree(path));
      removeTree(this.path);
    }
    removeFile(this.path + RECORD, RECORD);
  }
}

/** Returns the stages in a target that no running restore uses. */
export function abandonedStages(target: string): string[] {
  const names = [...Deno.readDirSync(target)].filter(({ name }) => NAME.test(name)).map(({ name }) => name);
  return names.map((name) => `${target}/${name}`).filter((path) => {
    using record = StageRecord.open(path + RECORD);
    return record === undefined || record.lock();
  });
}

/** Returns the paths of a stage, of its record, and of the further stages that belong to it. */
export function filesOf(stage: string): string[] {
  using record = StageRecord.open(stage + RECORD);
  return [stage, stage + RECORD, ...record?.mounts() ?? []];
}

/** Runs `change`, which changes a directory of the target, and restores the times of the directory. */
function keepingTime(directory: string, change: () => void): void {
  const { atime, mtime } = Deno.lstatSync(directory);
  change();
  Deno.utimeSync(directory, atime ?? mtime!, mtime!);
}

function isReusable(path: string): boolean {
  const there = look(path, path);
  return there?.isDirectory === true && there.uid === Deno.uid() && !foldsNames(path);
}
