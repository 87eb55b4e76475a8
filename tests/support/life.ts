/** A scenario whose days pass when a test says so, and whose tree changes on disk: the start of tests of incremental backups. */
import { DAY_MS } from "../../lib/model/day.ts";
import { backup, type BackupOptions, type BackupResult } from "../../lib/backup/backup.ts";
import { readStore } from "../../lib/catalog/store_state.ts";
import type { Host, S3Store } from "../../lib/config/types.ts";
import type { Run } from "../../lib/app/events.ts";
import { exists } from "../../lib/disk/exists.ts";
import { random } from "../../scripts/simulate/dice.ts";
import { storeOf } from "../../lib/app/stores.ts";
import type { StoreWriter } from "../../lib/store/contract.ts";
import { directory, type Node, writeTree } from "../source/tree.ts";
import type { Finding } from "../../lib/verify/findings.ts";
import { verify, type VerifyOptions } from "../../lib/verify/verify.ts";
import { makeScenario, type Scenario, type Verified, withScenario } from "./scenario.ts";
import { must } from "./foreign.ts";
import { memoryStore } from "./memory_store.ts";

export interface Life extends Omit<Scenario, "backup"> {
  /** The store's clock, in milliseconds. */
  now: number;
  /** How far the host's is ahead of it. */
  skew: number;
  /** The directory of what the host knows of the store. */
  readonly known: string;
  backup(options?: BackupOptions, changes?: Partial<Host>, writer?: StoreWriter): Promise<BackupResult>;
  /** Keeps a copy of the tree as it is, and gives its path. */
  copy(): Promise<string>;
}

/** A bucket: a host cannot look into it, and its identity follows from the config. */
export const BUCKET: S3Store = {
  kind: "s3",
  bucket: "web1-backups",
  region: "eu-central-1",
  endpoint: undefined,
  prefix: "",
  vault: undefined,
  storageClass: undefined,
  objectLock: undefined,
  credentials: { env: "AWS" },
};

/** Runs `body` with a life that begins two months ago, so that no file was changed in the moment in which it is read. */
export function withLife<T>(
  tree: Node,
  body: (life: Life) => Promise<T>,
  changes: Partial<Host> = {},
): Promise<T> {
  return withScenario(directory({}), async ({ directory, host, source }) => {
    Deno.removeSync(source);
    writeTree(source, tree);
    const clock = { now: Date.now() - 60 * DAY_MS, skew: 0 };
    const memory = memoryStore(() => new Date(clock.now));
    const writer = { ...memory.writer, ...storeOf(host.store) };
    const scenario = await makeScenario(directory, host, Object.assign(memory, { writer }));
    const state = `${host.state}/${host.name}`;
    const run: Run = { ...scenario.run, now: () => new Date(clock.now + clock.skew) };
    let copies = 0;
    return await body(Object.assign(clock, {
      ...scenario,
      run,
      known: readStore(state, `${writer.identity}`).directory,
      backup: (options: BackupOptions = {}, others: Partial<Host> = {}, writer = scenario.store.writer) =>
        backup({ ...host, ...others }, writer, run, options),
      async verify(options: VerifyOptions = {}): Promise<Verified> {
        const findings: Finding[] = [];
        const how = { jobs: 1, ...options }; // a thread takes longer than what there is to do
        const result = await verify(host, scenario.store.reader, how, (it) => findings.push(it), run);
        return { ...result, findings };
      },
      async copy(): Promise<string> {
        const to = `${directory}/copy${copies++}`;
        await must("cp", ["--archive", source, to]);
        return to;
      },
    }) as Life);
  }, { store: BUCKET, ...changes });
}

/** Changes a tree on disk at random: every kind of change that an incremental backup may miss. */
export class Mischief {
  readonly #root: string;
  readonly #random: () => number;

  constructor(root: string, seed: number) {
    this.#root = root;
    this.#random = random(seed);
  }

  /** So many changes. */
  do(times: number): void {
    for (let at = 0; at < times; at += 1) {
      try {
        this.#pick(this.#acts)();
      } catch (error) {
        // What was to be changed is gone or something else meanwhile, as it may be.
        if (!(error instanceof Error && "code" in error)) throw error;
      }
    }
  }

  readonly #acts: readonly (() => void)[] = [
    () => this.#write(this.#free(), 0),
    () => this.#write(this.#free(), 200_000),
    () => this.#write(this.#plain(), 1000),
    () => Deno.mkdirSync(this.#free()),
    () => Deno.symlinkSync(this.#pick(["a", "..", "/no/such/thing", "no such thing"]), this.#free()),
    () => Deno.linkSync(this.#known(), this.#free()),
    () => Deno.renameSync(this.#known(), this.#free()),
    () => Deno.removeSync(this.#known(), { recursive: true }),
    () => Deno.chmodSync(this.#plain(), this.#pick([0o644, 0o700, 0o755, 0o500])),
    () => Deno.utimeSync(this.#plain(), new Date(1e12), new Date(1e12 + this.#below(1e6))),
    () => this.#turn(this.#known()),
  ];

  #write(path: string, most: number): void {
    if (exists(path) && !isPlain(Deno.lstatSync(path))) return;
    const bytes = crypto.getRandomValues(new Uint8Array(Math.min(this.#below(most + 1), 65_536)));
    Deno.writeFileSync(path, bytes);
  }

  /** A file becomes a directory with something in it, and a directory a file. */
  #turn(path: string): void {
    const { isDirectory } = Deno.lstatSync(path);
    Deno.removeSync(path, { recursive: true });
    if (isDirectory) return this.#write(path, 100);
    Deno.mkdirSync(path);
    this.#write(`${path}/x`, 100);
  }

  /** A file or directory: through a symlink something outside would be changed, and a fifo waits for a reader. */
  #plain(): string {
    const plain = [...below(this.#root)].filter((it) => isPlain(Deno.lstatSync(it)));
    return plain.length > 0 ? this.#pick(plain) : this.#root;
  }

  /** Something that is there. */
  #known(): string {
    const all = [...below(this.#root)];
    return all.length > 0 ? this.#pick(all) : `${this.#root}/nothing is left`;
  }

  /** Something in a directory that is there, which may be there as well. */
  #free(): string {
    const directories = [this.#root, ...below(this.#root)].filter((it) => Deno.lstatSync(it).isDirectory);
    return `${this.#pick(directories)}/${this.#pick(["a", "b", "c", "new\nline", "tail ", "-x", "é", "*"])}`;
  }

  #below(most: number): number {
    return Math.floor(this.#random() * most);
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)]!;
  }
}

function isPlain({ isFile, isDirectory }: Deno.FileInfo): boolean {
  return isFile || isDirectory;
}

function* below(directory: string): Generator<string> {
  for (
    const { name, isDirectory } of [...Deno.readDirSync(directory)].sort((a, b) => a.name < b.name ? -1 : 1)
  ) {
    yield `${directory}/${name}`;
    if (isDirectory) yield* below(`${directory}/${name}`);
  }
}
