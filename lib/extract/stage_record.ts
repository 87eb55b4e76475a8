import { sha256 } from "../model/digest.ts";
import type { MadeFiles } from "./lost.ts";

const encoder = new TextEncoder();

/** Record of an earlier restore. */
export interface Recorded {
  /** Results of the volumes whose files are complete. */
  readonly complete: Map<string, MadeFiles>;
  /** Stages in directories of the target on which something is mounted. */
  readonly mounts: string[];
}

/**
 * Record beside a stage: a line of JSON for its purpose, for each complete volume and for each further stage.
 * It is locked as long as its restore runs (flock(2)), so no other restore takes a stage that is in use.
 */
export class StageRecord implements Disposable {
  readonly #file: Deno.FsFile;
  #open = true;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Creates a record, and locks it. */
  static make(path: string, purpose: string): StageRecord {
    const file = Deno.openSync(path, { read: true, write: true, createNew: true, mode: 0o600 });
    const record = new StageRecord(file);
    record.lock();
    record.#write({ purpose: digestOf(purpose) });
    return record;
  }

  /** Opens a record; undefined if there is none. */
  static open(path: string): StageRecord | undefined {
    try {
      return new StageRecord(Deno.openSync(path, { read: true, write: true }));
    } catch {
      return undefined;
    }
  }

  /**
   * Locks the record. Returns false if another process holds the lock, or if the file system has no locks.
   */
  lock(): boolean {
    try {
      return this.#file.tryLockSync(true);
    } catch {
      return false;
    }
  }

  /**
   * Reads the record; undefined if it has another purpose. If the process was killed, the last line may be
   * incomplete.
   */
  read(purpose: string): Recorded | undefined {
    const [first, ...lines] = this.#lines();
    return first?.purpose === digestOf(purpose) ? recorded(lines) : undefined;
  }

  /** Returns the further stages in the record. */
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

/** Line of a record. It has one of these properties. */
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
