/** Snapshots of a tree that changes, made by nightdrop and by restic. */
import { withWriter } from "../../lib/app/stores.ts";
import { backup } from "../../lib/backup/backup.ts";
import { parseConfig } from "../../lib/config/parse.ts";
import { bash, quoted, report } from "./shell.ts";
import type { Workshop } from "./workshop.ts";

/** How much is made. */
export interface Extent {
  readonly files: number;
  readonly snapshots: number;
}

/** Snapshots of one tree in two stores. */
export interface Snapshots {
  /** Directory of all that follows. */
  readonly at: string;
  /** Tree that was backed up, in its last state. */
  readonly tree: string;
  /** Config of nightdrop. */
  readonly config: string;
  /** The command `restic` with its variables. */
  readonly restic: string;
  /** The names of the snapshots, the oldest first; without restic it has none. */
  readonly ids: { readonly nightdrop: readonly string[]; readonly restic: readonly string[] };
}

const FILES_IN_A_DIRECTORY = 100;

/** One file of so many changes between two snapshots. */
const CHANGED = 100;

const HOUR_MS = 3_600_000;

/**
 * Makes snapshots of small files, of which one in a hundred changes between two: one in each directory. They are made once per
 * directory and kept.
 */
export async function snapshotsOf(
  workshop: Workshop,
  extent: Extent,
  withRestic: boolean,
): Promise<Snapshots> {
  const name = `browse-${extent.files}-${extent.snapshots}`;
  const at = `${workshop.directory}/corpora/${name}`;
  const made = `${at}/made.json`;
  const restic = `RESTIC_PASSWORD=bench RESTIC_CACHE_DIR=${quoted(`${at}/cache/restic`)} restic -r ${
    quoted(`${at}/restic`)
  }`;
  const places = { at, tree: `${at}/tree`, config: `${at}/backup.config.ts`, restic };
  let ids = await readJson(made);
  if (ids === undefined || (withRestic && ids.restic.length === 0)) {
    report(`Making ${at}`);
    await bash(`rm -rf ${quoted(at)}; mkdir -p ${quoted(places.tree)}`);
    ids = await make(places, workshop, extent, withRestic);
    await Deno.writeTextFile(made, JSON.stringify(ids));
  }
  return { ...places, ids };
}

async function readJson(path: string): Promise<Snapshots["ids"] | undefined> {
  return await Deno.readTextFile(path).then(JSON.parse, () => undefined);
}

async function make(
  { at, tree, config, restic }: Omit<Snapshots, "ids">,
  workshop: Workshop,
  { files, snapshots }: Extent,
  withRestic: boolean,
): Promise<Snapshots["ids"]> {
  const ids: string[] = [];
  for (let file = 0; file < files; file += 1) write(tree, file, `file ${file}\n`.repeat(1 + file % 40));
  if (withRestic) await bash(`${restic} -q init`);
  for (let snapshot = 0; snapshot < snapshots; snapshot += 1) {
    for (let file = snapshot; snapshot > 0 && file < files; file += CHANGED) {
      write(tree, file, `changed in ${snapshot}\n`);
    }
    ids.push(await backUp(workshop, { at, config }, snapshots - snapshot));
    if (withRestic) await bash(`cd ${quoted(at)}; ${restic} -q backup tree`);
    report(`  ${snapshot + 1} of ${snapshots}`);
  }
  const others = withRestic
    ? await bash(`${restic} snapshots --json | grep -o '"short_id":"[^"]*"' | cut -d'"' -f4`)
    : "";
  return { nightdrop: ids, restic: others.split("\n").filter((it) => it !== "") };
}

function write(tree: string, file: number, text: string): void {
  const directory = `${tree}/d${Math.floor(file / FILES_IN_A_DIRECTORY)}`;
  if (file % FILES_IN_A_DIRECTORY === 0) Deno.mkdirSync(directory, { recursive: true });
  Deno.writeTextFileSync(`${directory}/f${file % FILES_IN_A_DIRECTORY}`, text);
}

/**
 * Creates a snapshot some hours ago by its clock, and pins its signer in the config. By the clock of this machine, the next one
 * would send once more what has changed within a minute, which snapshots of different days do not.
 */
async function backUp(
  { fingerprint }: Workshop,
  { at, config }: Pick<Snapshots, "at" | "config">,
  hoursAgo: number,
): Promise<string> {
  const value = {
    recipients: [{ file: "../../keys/backups.asc", fingerprint }],
    store: { kind: "directory", path: `${at}/store` },
    state: `${at}/state`,
    retention: { days: 180 },
    hosts: { bench: { paths: [`${at}/tree`] } },
  };
  const hosts = parseConfig(value, { directory: at, stateDirectory: `${at}/state`, title: "The config" });
  const host = hosts.get("bench")!;
  const shift = hoursAgo * HOUR_MS;
  const run = {
    report: () => {},
    signal: new AbortController().signal,
    now: () => new Date(Date.now() - shift),
  };
  const { snapshot, signer } = await withWriter(host.store, () => undefined, run, {}, (writer) => {
    return backup(host, writer, run);
  });
  const pinned = { ...value, hosts: { bench: { ...value.hosts.bench, signer } } };
  await Deno.writeTextFile(config, `export default ${JSON.stringify(pinned)};\n`);
  return snapshot;
}
