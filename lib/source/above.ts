import { isGranted } from "../disk/granted.ts";
import { type AboveDirectory, MAX_ABOVE, MAX_ABOVE_CHARACTERS } from "../model/index.ts";
import { compareUtf8 } from "../model/utf8_order.ts";
import { memberPath } from "./entry.ts";
import { type OwnerNames, readOwners } from "./owner_names.ts";

/** Directories above declared paths, for the index. */
export interface Above {
  /** Directories, parents before children. A restore creates them with their modes. */
  readonly found: readonly AboveDirectory[];
  /** Paths that this process may not read: the permission to see a directory includes everything in it. */
  readonly hidden: readonly string[];
}

/** Returns the directories above declared paths, up to the number and the length that an index allows. */
export function directoriesAbove(paths: readonly string[]): Above {
  const owners = readOwners();
  const [found, hidden]: [AboveDirectory[], string[]] = [[], []];
  let characters = 0;
  for (const path of pathsAbove(paths)) {
    characters += path.length;
    if (found.length === MAX_ABOVE || characters > MAX_ABOVE_CHARACTERS) break;
    if (isGranted({ name: "read", path })) found.push(...described(path, owners));
    else hidden.push(path);
  }
  return { found, hidden };
}

/** Returns the paths above declared paths, except those that are declared or lie below a declared path. */
function pathsAbove(paths: readonly string[]): string[] {
  const declared = new Set(paths);
  const all = new Set(paths.flatMap((path) => parentsOf(path)));
  const isDeclared = (path: string): boolean =>
    [path, ...parentsOf(path), "/"].some((it) => declared.has(it));
  return [...all].filter((path) => !isDeclared(path)).sort(compareUtf8);
}

/** Returns the parents of a path: `/srv/www` and `/srv` for `/srv/www/site`. */
function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    parents.push(path.slice(0, end));
  }
  return parents;
}

/**
 * Returns the directory at `path`; none if it cannot be read. If a declared path leads through a symbolic
 * link, this is the directory that the link points to.
 */
function described(path: string, owners: OwnerNames): AboveDirectory[] {
  try {
    const { mode, uid, gid } = Deno.statSync(path);
    const [user, group] = [owners.user(uid!), owners.group(gid!)];
    return [{ path: memberPath(path), mode: mode! & 0o7777, uid: uid!, gid: gid!, user, group }];
  } catch {
    return []; // the walk reports why it cannot reach the declared path
  }
}
