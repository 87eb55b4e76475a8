/** Host whose store is a directory on a disk that a test can replace, unmount and damage. */
import assert from "node:assert/strict";
import { backup, type BackupOptions, type BackupResult } from "../../lib/backup/backup.ts";
import type { Run } from "../../lib/app/events.ts";
import { Failure } from "../../lib/model/failure.ts";
import { plan } from "../../lib/backup/plan.ts";
import { findSnapshot } from "../../lib/snapshots/find.ts";
import { restore } from "../../lib/restore/restore.ts";
import { StoreError, type StoreWriter } from "../../lib/store/contract.ts";
import { directoryReader, directoryWriter } from "../../lib/store/directory/directory.ts";
import { assertSameTree, directory as tree, file, symlink } from "../source/tree.ts";
import { restoredSource, withScenario } from "./scenario.ts";
import { bash } from "./foreign.ts";
import { Mischief } from "./life.ts";
import { noise } from "./sample_tree.ts";

/** Kind of a run: `incremental` prints no message, `full` prints one. */
export type Outcome = "incremental" | "full" | "refused";

/** Result of a run, with its notes and warnings. */
export interface Ended {
  readonly outcome: Outcome;
  readonly said: string;
}

export interface Disk {
  /** Path of the store in the config. */
  readonly path: string;
  /** Directory for other disks. */
  readonly directory: string;
  /** Ids of the snapshots so far, the oldest first. */
  readonly snapshots: string[];
  /** Runs a backup of a changed tree, and checks that the dry run before predicts it. */
  run(options?: BackupOptions, path?: string): Promise<Ended>;
  /** The last run broke off after so many puts. */
  breakOff(puts: number): Promise<void>;
  /** Restores every snapshot in a directory, compares it with its tree, and returns the number of snapshots. */
  restoreAll(path?: string): Promise<number>;
}

/** A minute from now, so that what was just written counts as unchanged later. */
export const now = (): Date => new Date(Date.now() + 60_000);

const TREE = tree({
  a: file("a"),
  b: file(noise(90_000)),
  c: tree({ d: file("d"), e: symlink("d"), f: file(noise(30_000, 2)) }),
});

export function withDisk(body: (disk: Disk) => Promise<void>): Promise<void> {
  return withScenario(TREE, async ({ directory, host, source, identities }) => {
    const copies = new Map<string, string>();
    const mischief = new Mischief(source, 5);
    const said: string[] = [];
    const signal = new AbortController().signal;
    const report: Run["report"] = (event) => {
      if (event.event === "warning" || event.event === "note") said.push(event.text);
    };
    const run: Run = { report, signal, now };
    const at = `${directory}/disk`;
    const hostAt = (path: string): typeof host => ({
      ...host,
      store: { kind: "directory", path },
    });
    let targets = 0;
    const attempt = async (path: string, options: BackupOptions): Promise<BackupResult | Failure> => {
      const planned = await plan(hostAt(path), run, options).catch((error) => error);
      said.length = 0;
      const made = await backup(hostAt(path), directoryWriter(path), run, options).catch((error) => error);
      if (made instanceof Error) {
        if (!(made instanceof Failure)) throw made;
        assert.equal(planned.message, made.message, "a dry run is refused as well");
      } else {
        assert.deepEqual(planned.sent, made.sent, "a dry run announced it");
      }
      return made;
    };
    const disk: Disk = {
      path: at,
      directory,
      snapshots: [],
      async run(options = {}, path = at): Promise<Ended> {
        mischief.do(3);
        const made = await attempt(path, options);
        const words = said.filter((it) => !/\bsigner: "/.test(it)).join("\n");
        if (made instanceof Error) {
          return { outcome: "refused", said: `${made.message}\n${(made as Failure).hint}` };
        }
        const copy = `${directory}/copy${copies.size}`;
        await bash(`cp -a ${source} ${copy}`);
        copies.set(made.snapshot, copy);
        disk.snapshots.push(made.snapshot);
        const full = made.sent.entries === made.entries;
        assert.ok(full ? disk.snapshots.length === 1 || words !== "" : words === "", `${full}: ${words}`);
        return { outcome: full ? "full" : "incremental", said: words };
      },
      async breakOff(puts): Promise<void> {
        const { put, ...rest } = directoryWriter(at);
        let left = puts;
        const breaking: StoreWriter = {
          ...rest,
          put: (...args) =>
            left-- > 0 ? put(...args) : Promise.reject(new StoreError("denied", "the store is closed")),
        };
        mischief.do(5);
        Deno.writeFileSync(`${source}/new and large`, noise(150_000, 3));
        await assert.rejects(backup(hostAt(at), breaking, run), StoreError);
      },
      async restoreAll(path = at): Promise<number> {
        const reader = directoryReader(path);
        const ids = [...Deno.readDirSync(`${path}/${host.name}`)].map(({ name }) => name)
          .filter((id) =>
            [...Deno.readDirSync(`${path}/${host.name}/${id}`)].some((it) => /^receipt/.test(it.name))
          );
        for (const id of ids) {
          const snapshot = await findSnapshot(reader, hostAt(path), id, { signal, damaged: () => {} });
          const target = `${directory}/back${targets++}`;
          const options = { globs: [], target, overwrite: false, jobs: 1 };
          assert.equal((await restore(snapshot, reader, identities, options, run)).lost, 0);
          assertSameTree(restoredSource({ directory, source }, target), copies.get(id)!);
        }
        return ids.length;
      },
    };
    await body(disk);
  }, { retention: { days: 30, refreshDays: 30 } });
}

/** Returns the directory of a snapshot in the store. */
export function directoryOf({ path, snapshots }: Disk, at: number): string {
  return `${path}/web1.example.org/${snapshots.at(at)}`;
}

/** Returns an object of a snapshot. */
export function objectOf(disk: Disk, at: number, name: RegExp): string {
  const directory = directoryOf(disk, at);
  return `${directory}/${
    [...Deno.readDirSync(directory)].map((it) => it.name).sort().find((it) => name.test(it))
  }`;
}
