import { sha256 } from "../model/digest.ts";
import type { MadeFiles } from "./lost.ts";

const encoder = new TextEncoder();

/** What an earlier restore recorded of its stage. */
export interface Recorded {
  /** Volumes whose files are complete, with what was made of them. */
  readonly complete: Map<string, MadeFiles>;
  /** Stages in directories of the target on which something else is mounted. */
  readonly mounts: string[];
}

/**
 * The record of a stage, beside it: a line of JSON for its purpose, for each complete volume and for each further stage.
 * It is locked as long as its restore runs (flock(2)), so no other restore takes a stage that is in use.
 */
export class StageRecord implements Disposable {
  readonly #file: Deno.FsFile;
  #open = true;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Makes a new one, and locks it. */
  static make(path: string, purpose: string): StageRecord {
    const file = Deno.openSync(path, { read: true, write: true, createNew: true, mode: 0o600 });
    const record = new StageRecord(file);
    record.lock();
    record.#write({ purpose: digestOf(purpose) });
    return record;
  }

  /** Opens one; undefined where there is none. */
  static open(path: string): StageRecord | undefined {
    try {
      return new StageRecord(Deno.openSync(path, { read: true, write: true }));
    } catch {
      return undefined;
    }
  }

  /** Locks it; returns false if another process has it, or if the file system has no locks. */
  lock(): boolean {
    try {
      return this.#file.tryLockSync(true);
    } catch {
      return false;
    }
  }

  /** Reads it; undefined if it is of another purpose. A process that was killed may have left half a line. */
  read(purpose: string): Recorded | undefined {
    const [first, ...lines] = this.#lines();
    return first?.purpose === digestOf(purpose) ? recorded(lines) : undefined;
  }

  /** Returns the further stages that it records. */
  mounts(): string[] {
    return recorded(this.#lines().slice(1)).mounts;
  }

  /** Adds a volume whose files are complete. */
  complete(volume: string, made: MadeFiles): void {
    this.#write({ volume, ...made });
  }

  /** Adds a further stage. */
  addMount(mount: string): void {
    this.#write({ mount });
  }

  [Symbol.dispose](): void {
    if (this.#open) this.#file.close();
    this.#open = false;
  }

  #write(line: object): void {
    const bytes = encoder.encode(JSON.stringify(line) + "\n");
    for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
  }

  #lines(): Line[] {
    try {
      return this.#text().split("\n").slice(0, -1).map((line) => JSON.parse(line));
    } catch {
      return [];
    }
  }

  #text(): string {
    this.#file.seekSync(0, Deno.SeekMode.Start);
    const bytes = new Uint8Array(this.#file.statSync().size);
    let length = 0;
    for (let read: number | null = 0; read !== null && length < bytes.length; length += read ?? 0) {
      read = this.#file.readSync(bytes.subarray(length));
    }
    this.#file.seekSync(0, Deno.SeekMode.End);
    return new TextDecoder().decode(bytes.subarray(0, length));
  }
}

/** One line has one of these. */
interface Line extends Partial<MadeFiles> {
  readonly purpose?: string;
  readonly volume?: string;
  readonly mount?: string;
}

function recorded(lines: readonly Line[]): Recorded {
  const volumes = lines.filter(({ volume }) => volume !== undefined);
  return {
    complete: new Map(volumes.map(({ volume, ...made }) => [volume!, made as MadeFiles])),
    mounts: lines.flatMap(({ mount }) => mount ?? []),
  };
}

function digestOf(purpose: string): string {
  return sha256(encoder.encode(purpose));
}
