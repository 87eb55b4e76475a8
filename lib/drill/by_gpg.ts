import { dirname } from "node:path/posix";
import { exists } from "../disk/exists.ts";
import { contentOf, isBrokenDump } from "../model/receipt.ts";
import type { Entry } from "../model/entry.ts";
import { unpacked } from "../model/pack.ts";
import type { Compression } from "../model/compression.ts";
import { sessionKeyPackets } from "../seal/message.ts";
import { locate, readPart } from "../snapshots/parts.ts";
import { releaseVolume } from "../snapshots/index_reader.ts";
import { isOfOneSnapshot } from "../snapshots/snapshots.ts";
import type { TreeVolume } from "../snapshots/tree_scan.ts";
import { StoreError } from "../store/contract.ts";
import type { GpgHome } from "./gpg_home.ts";
import type { RestoreOrder, Restorer } from "./restorer.ts";
import { runStock, StockFailure } from "./stock_program.ts";

/**
 * Groups of entries that are extracted one after the other: a hard link needs its file, and creating something in a
 * directory changes the time of the directory.
 */
const PASSES: readonly ((entry: Entry) => boolean)[] = [
  ({ type }) => type !== "directory" && type !== "hardlink",
  ({ type }) => type === "hardlink",
  ({ type }) => type === "directory",
];

/** Restores with gpg, zstd and tar: each volume that holds something of the sample is decrypted into a file and extracted. */
export function restoreByGpg(home: GpgHome): Restorer {
  return async (order, { signal }) => {
    const wanted = new Set(order.entries.map(({ path }) => path));
    for (const { path, type } of order.entries) {
      if (type === "directory") Deno.mkdirSync(`${order.target}/${path}`, { recursive: true, mode: 0o700 });
    }
    for (const isOfPass of PASSES) {
      const done = new Set<string>();
      for await (const volume of order.tree.scan(() => {}).volumes()) {
        const entries = drawnIn(volume).filter((it) =>
          wanted.has(it.path) && isOfPass(it) && !done.has(it.path)
        );
        releaseVolume(volume);
        for (const { path } of entries) done.add(path);
        if (entries.length > 0) await new Extraction(home, order, signal).volume(volume, entries);
      }
    }
  };
}

/** Entries of a volume that count, and hard links, which may be judged only when all volumes have been seen. */
function drawnIn({ entries, counts }: TreeVolume): Entry[] {
  return [...unpacked(entries)].filter(({ type }, at) => counts[at] === 1 || type === "hardlink");
}

/** Extraction of some entries of one volume. */
class Extraction {
  readonly #home: GpgHome;
  readonly #order: RestoreOrder;
  readonly #signal: AbortSignal;

  constructor(home: GpgHome, order: RestoreOrder, signal: AbortSignal) {
    this.#home = home;
    this.#order = order;
    this.#signal = signal;
  }

  async volume(volume: TreeVolume, entries: readonly Entry[]): Promise<void> {
    if (!("from" in volume.volume) && isBrokenDump(volume.volume)) return;
    const [sealed, packed, plain] = ["sealed", "packed", "plain"].map((name) => `${this.#home.path}/${name}`);
    try {
      const { content, key } = await this.#fetch(volume, sealed!);
      await this.#home.decrypt(sealed!, packed!, key, this.#signal);
      await this.#decompress(volume.snapshot.receipt.compression, packed!, plain!);
      if (content === "stream") this.#place(plain!, entries[0]!);
      else await this.#extract(plain!, entries);
    } catch (error) {
      if (!(error instanceof StockFailure) && !isOfOneSnapshot(error)) throw error;
      const kind = error instanceof StoreError ? "unreadable" : "damaged";
      for (const { path } of entries) this.#order.onLoss(path, error.message, kind);
    } finally {
      for (const file of [sealed!, packed!, plain!]) remove(file);
    }
  }

  /** Writes the parts into a file, each held to the signed receipt. Of answers it takes the session key. */
  async #fetch(
    { snapshot, volume }: TreeVolume,
    to: string,
  ): Promise<{ readonly content: string; readonly key: Uint8Array | undefined }> {
    const { reader, keys } = this.#order;
    const { directory, parts } = await locate(reader, snapshot, volume, this.#signal);
    using file = Deno.openSync(to, { write: true, createNew: true, mode: 0o600 });
    for (const part of parts) {
      let bytes: Uint8Array = await readPart(reader, directory, part, this.#signal);
      while (bytes.length > 0) bytes = bytes.subarray(await file.write(bytes));
    }
    const content = contentOf({ parts });
    if (typeof keys !== "function") return { content, key: undefined };
    using sealed = Deno.openSync(to);
    return { content, key: await keys(await sessionKeyPackets(sealed.readable)) };
  }

  async #decompress(kind: Compression["kind"], from: string, to: string): Promise<void> {
    if (kind === "none") return Deno.renameSync(from, to);
    await runStock("zstd", ["-d", "-q", "-f", "-o", to, "--", from], { signal: this.#signal });
  }

  /** A dump is a volume without an archive, and so without a mode and a time. */
  #place(plain: string, { path, mode, mtime }: Entry): void {
    const file = `${this.#order.target}/${path}`;
    Deno.mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    Deno.copyFileSync(plain, file);
    Deno.chmodSync(file, mode);
    Deno.utimeSync(file, new Date(mtime), new Date(mtime));
  }

  async #extract(plain: string, entries: readonly Entry[]): Promise<void> {
    const names = entries.map(({ path }) => `${path}\0`).join("");
    const args = [
      "--extract",
      `--file=${plain}`,
      `--directory=${this.#order.target}`,
      "--preserve-permissions",
      ...(Deno.uid() === 0 ? ["--numeric-owner"] : ["--no-same-owner"]),
      "--no-recursion",
      "--null",
      "--no-unquote",
      "--verbatim-files-from",
      "--files-from=-",
    ];
    try {
      await runStock("tar", args, { stdin: names, signal: this.#signal });
    } catch (error) {
      if (!(error instanceof StockFailure)) throw error;
      // What was extracted all the same is compared with the index.
      const lost = entries.filter(({ path }) => !exists(`${this.#order.target}/${path}`));
      for (const { path } of lost) this.#order.onLoss(path, error.message, "damaged");
    }
  }
}

function remove(file: string): void {
  try {
    Deno.removeSync(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
