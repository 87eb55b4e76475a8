import { createHash } from "node:crypto";
import type { Dump, Host } from "../config/types.ts";
import type { FittedHost } from "./memory_profile.ts";
import { configuredEnvironment } from "../config/environment.ts";
import type { Run } from "../app/events.ts";
import { DUMP_DIRECTORY, type Entry } from "../model/entry.ts";
import { reason } from "../model/failure.ts";
import { dumpPartName } from "../model/name.ts";
import type { PartRecord, VolumeRecord } from "../model/receipt.ts";
import type { ReportTrouble, Trouble } from "../model/trouble.ts";
import { dumpBlocks, DumpFailure } from "../process/dump.ts";
import { findUser, type User } from "../process/user.ts";
import type { Helpers } from "../seal/frames.ts";
import type { SessionKey } from "../seal/message.ts";
import { type Buffers, type Part, seal } from "../seal/seal.ts";
import type { SourceEntry } from "../source/walk.ts";
import { Rescue } from "./rescue.ts";

/** Order to create the volume of a dump. */
export interface DumpOrder {
  /** Number of the volume. */
  readonly number: number;
  /** Key for this volume only. */
  readonly session: SessionKey;
  readonly host: FittedHost;
  readonly run: Run;
  /** Buffers for its parts. */
  readonly buffers: Buffers;
  /** Threads that help to compress it, if there are any. */
  readonly helpers?: Helpers | undefined;
  /** Called with each part. The callee takes over the buffer. */
  readonly put: (name: string, part: Part) => Promise<void>;
  /** Called if the dump fails. */
  readonly report: ReportTrouble;
}

/** Result of a dump. */
export interface DumpMade {
  /** Volume of the dump; undefined if nothing was stored. */
  readonly volume?: VolumeRecord;
  /** Entry of the dump; undefined if the dump failed: its volume is then listed without an entry. */
  readonly entry?: Entry;
}

/**
 * Runs the command of a dump, encrypts its output as it arrives, and uploads the parts. The last part is
 * created only if the command succeeded: the message of a failed dump has no end, so that no program accepts
 * it as complete.
 *
 * @throws The error of `put`, or the reason of the signal. A command that fails is reported, and does not
 *   throw.
 */
export async function dropDump(dump: Dump, order: DumpOrder): Promise<DumpMade> {
  const { number, run, put, report } = order;
  const { compression, partSize } = order.host;
  const begun = run.now();
  const parts: PartRecord[] = [];
  const output = new Output(dump, order);
  try {
    for await (const part of seal(output.blocks(), { ...order, compression, partSize })) {
      const { bytes, sha256 } = part;
      const name = dumpPartName(number, parts.length, sha256, compression.kind);
      parts.push({ name, size: bytes.length, sha256 });
      await put(name, part);
    }
  } catch (error) {
    if (!(error instanceof DumpFailure)) throw error;
    report(dumpTrouble(dump, error));
    return parts.length === 0 ? {} : { volume: { number, entries: 0, plain: 0, parts } };
  }
  const { length } = output;
  if (length === 0) run.report({ event: "warning", text: `The dump ${dump.name} is empty` });
  const entry = { ...dumpEntry(dump, length, begun), ...output.digest() };
  return { volume: { number, entries: 1, plain: length, parts }, entry };
}

/** Output of the command of a dump. */
class Output {
  /** Bytes so far. */
  length = 0;
  readonly #dump: Dump;
  readonly #host: Host;
  readonly #run: Run;
  readonly #hash = createHash("sha256");

  constructor(dump: Dump, { host, run }: DumpOrder) {
    this.#dump = dump;
    this.#host = host;
    this.#run = run;
  }

  /** Returns the SHA-256 of the whole output, if the host wants it. Call it once. */
  digest(): Pick<Entry, "sha256"> {
    return this.#host.checksums ? { sha256: this.#hash.digest("hex") } : {};
  }

  /** Yields blocks of the output. Each is valid until the next one is read. */
  async *blocks(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { name, command, timeLimit } = this.#dump;
    const environment = {
      ...configuredEnvironment(this.#host),
      NIGHTDROP_HOST: this.#host.name,
      NIGHTDROP_DUMP: name,
    };
    const blocks = dumpBlocks({ command, environment, user: userOf(this.#dump) }, {
      signal: this.#run.signal,
      timeLimit,
      waiting: (text) => this.#run.report({ event: "note", text: `Waiting for the dump ${name}: ${text}` }),
      left: (text) => this.#run.report({ event: "warning", text: `The dump ${name}: ${text}` }),
      line: (text) => this.#run.report({ event: "output", from: `dump ${name}`, text }),
    });
    for await (const block of blocks) {
      this.length += block.length;
      if (this.#host.checksums) this.#hash.update(block);
      yield block;
      this.#run.report({ event: "progress", entries: 0, bytes: this.length });
    }
  }
}

function userOf({ user }: Dump): User | undefined {
  if (user === undefined) return undefined;
  try {
    return findUser(user, Deno.readTextFileSync("/etc/passwd"));
  } catch (error) {
    throw new DumpFailure(reason(error));
  }
}

/** Returns a dump as an entry: a file with mode 0600, dated when the dump began. */
function dumpEntry(dump: Dump, size: number, begun: Date): Entry {
  return {
    path: `${DUMP_DIRECTORY}/${dump.name}`,
    type: "file",
    size,
    mode: 0o600,
    uid: 0,
    gid: 0,
    user: "root",
    group: "root",
    mtime: begun.getTime(),
  };
}

function dumpTrouble({ name }: Dump, { message, hint }: DumpFailure): Trouble {
  const reason = hint === undefined ? message : `${message}. ${hint}`;
  return { kind: "unread", path: `/${DUMP_DIRECTORY}/${name}`, reason };
}

/** Returns the entries of a walk, without those in the place of dumps if the host has any. Reports what it leaves out. */
export function besideDumps(
  entries: Iterable<SourceEntry | undefined>,
  { dumps }: Host,
  report: ReportTrouble,
): Iterable<SourceEntry | undefined> {
  return dumps.length === 0 ? entries : outsideDumps(entries, report);
}

function* outsideDumps(
  entries: Iterable<SourceEntry | undefined>,
  report: ReportTrouble,
): Generator<SourceEntry | undefined> {
  const rescue = new Rescue();
  for (const entry of entries) {
    if (entry === undefined) yield undefined;
    else if (`${entry.path}/`.startsWith(`${DUMP_DIRECTORY}/`)) {
      const reason = "in a snapshot with dumps this is their place: move it elsewhere";
      report({ kind: "unread", path: entry.file, reason });
      rescue.lost(entry);
    } else yield rescue.of(entry, () => {});
  }
}
