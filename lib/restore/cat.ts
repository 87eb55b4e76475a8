import type { Run } from "../app/events.ts";
import { isMemberPath } from "../model/entry.ts";
import { Damage, Failure } from "../model/failure.ts";
import { printable, printablePath, unprinted } from "../model/printable.ts";
import { shellWord } from "../model/shell.ts";
import type { Identity } from "../seal/identity.ts";
import { findPaths, type FoundPath } from "../snapshots/find_paths.ts";
import type { Snapshot } from "../snapshots/snapshots.ts";
import { streamVolume } from "../snapshots/volume_stream.ts";
import type { StoreReader } from "../store/contract.ts";

/**
 * Yields the content of files of a snapshot, one file after the other in the order of `paths`. Each piece is
 * valid until the next one is requested. Only the volumes that contain the files are fetched. For a hard link
 * it yields the content of the file.
 *
 * @param paths Paths as they are, or as `files` prints them.
 * @throws {Failure} if a path is not in the snapshot or is not a file, before anything is yielded.
 * @throws {Damage} if something is damaged. The bytes that were yielded are then a correct beginning of the
 *   content.
 */
export async function* cat(
  snapshot: Snapshot,
  reader: StoreReader,
  identities: readonly Identity[],
  paths: readonly string[],
  run: Run,
): AsyncGenerator<Uint8Array> {
  const find = (some: Iterable<string>): ReturnType<typeof findPaths> =>
    findPaths(snapshot, some, reader, identities, run.signal);
  const found = await find(paths.flatMap(formsOf));
  const named = paths.map((path) => foundAs(path, found));
  const targets = await find(named.flatMap(({ entry }) => entry.type === "hardlink" ? [entry.link!] : []));
  const files = named.map((it) => it.entry.type === "hardlink" ? targetOf(it, targets) : it);
  for (const file of files) yield* contentOf(file, reader, identities, run.signal);
}

async function* contentOf(
  { snapshot, volume, at, entry }: FoundPath,
  reader: StoreReader,
  identities: readonly Identity[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const what = { snapshot, volume, wanted: new Map([[at, entry]]), stopsEarly: true };
  for await (const piece of streamVolume(what, reader, identities, signal)) {
    if (piece.kind === "content") yield piece.bytes;
  }
}

/** Returns the member paths that an argument can mean. */
function formsOf(path: string): string[] {
  const forms = [path, unprinted(path) ?? path].map((form) => form.replace(/^\/+/, ""));
  return [...new Set(forms)].filter(isMemberPath);
}

function foundAs(path: string, found: ReadonlyMap<string, FoundPath>): FoundPath {
  const it = formsOf(path).map((form) => found.get(form)).find((it) => it !== undefined);
  if (it === undefined) {
    throw new Failure(`Cannot print "${printable(path)}": the snapshot has no such path`, {
      hint: "Run `nightdrop files SNAPSHOT` to see the paths; globs are not used here",
    });
  }
  const { entry: { type, link }, flaw } = it;
  if (flaw !== undefined) throw lost(it, flaw);
  if (type === "file" || type === "hardlink") return it;
  throw new Failure(
    `Cannot print "${printable(path)}": ${WHAT[type]}${
      type === "symlink" ? ` to "${printablePath(link!)}"` : ""
    }`,
    {
      hint: type === "directory"
        ? `Run \`nightdrop tar SNAPSHOT ${shellWord(printable(path))}\` to stream a directory`
        : type === "symlink"
        ? "Print what it points to, if the snapshot has that"
        : undefined,
    },
  );
}

const WHAT = {
  directory: "it is a directory",
  symlink: "it is a symbolic link",
  fifo: "it is a named pipe, which has no content",
  char: "it is a device, which has no content",
  block: "it is a device, which has no content",
} as const;

function targetOf(link: FoundPath, targets: ReadonlyMap<string, FoundPath>): FoundPath {
  const target = targets.get(link.entry.link!);
  if (target?.flaw === undefined && target?.entry.type === "file") return target;
  const path = printablePath(link.entry.link!);
  throw lost(link, target?.flaw ?? `it is a hard link to "${path}", which is not a file of the snapshot`);
}

function lost({ entry }: FoundPath, why: string): Damage {
  return new Damage(`Cannot print "/${printablePath(entry.path)}": ${why}`);
}
