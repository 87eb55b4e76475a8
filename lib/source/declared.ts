import { printable } from "../model/printable.ts";
import type { Selection } from "../model/selection.ts";
import { sortedByUtf8 } from "../model/utf8_order.ts";
import { entryTypeOf, type Stat } from "./entry.ts";
import { isKernelDirectory } from "./mounts.ts";
import { systemCodeOf, words } from "./trouble.ts";

/** Paths that can be looked up. */
type PathSet = Pick<ReadonlySet<string>, "has">;

/** Result of inspecting a declared path. */
export interface Declared {
  /** Result of `lstat`; undefined if nothing is found. */
  readonly stat: Stat | undefined;
  /**
   * Reason why no useful data is stored for the path, with the remedy; undefined if useful data is stored.
   */
  readonly fault: string | undefined;
}

const REMOVE = 'remove it from "paths"';

/** Reasons why it is useless to declare something other than a file or a directory. */
const USELESS: Readonly<Record<string, string>> = {
  socket: `it is a socket, which the program that listens makes: ${REMOVE}`,
  fifo: `it is a fifo, which holds no data: ${REMOVE}`,
  char: `it is a device, and the content of devices is not backed up: ${REMOVE}`,
  block:
    "it is a device, and the content of devices is not backed up: declare the directory it is mounted on, or use a dump",
};

/** Returns the declared paths in the order of the walk. */
export function walkOrder({ paths }: Selection): string[] {
  return sortedByUtf8([...new Set(paths)]);
}

/**
 * Inspects a declared path. The walk, a dry run and `permissions` use the result.
 *
 * @param declared All declared paths: a link is useful if its destination is declared as well.
 */
export function lookAtDeclared(path: string, declared: PathSet): Declared {
  let stat: Stat;
  try {
    stat = Deno.lstatSync(path);
  } catch (error) {
    return { stat: undefined, fault: words(error) };
  }
  return { stat, fault: faultOf(path, stat, declared) };
}

function faultOf(path: string, stat: Stat, declared: PathSet): string | undefined {
  if (isKernelDirectory(path)) return `it holds what the kernel makes up, no data: ${REMOVE}`;
  const kind = entryTypeOf(stat) ?? "socket";
  return kind === "symlink" ? linkFault(path, declared) : USELESS[kind];
}

/**
 * Returns the fault of a declared link. Symbolic links are never followed, so only the link itself is stored.
 */
function linkFault(path: string, declared: PathSet): string | undefined {
  try {
    const real = Deno.realPathSync(path);
    if (isCovered(real, declared)) return undefined;
    return `it is a symbolic link, and only the link is stored: declare "${
      printable(real)
    }", which it points to`;
  } catch (error) {
    return `it is a symbolic link ${deadEnd(path, error)}: declare the path of the data, or ${REMOVE}`;
  }
}

function deadEnd(path: string, error: unknown): string {
  const code = systemCodeOf(error);
  if (code === "ELOOP") return "that leads in a circle";
  return `to ${targetOf(path)}, ${
    code === "ENOENT" ? "which is not there" : `which leads nowhere (${words(error)})`
  }`;
}

function targetOf(path: string): string {
  try {
    return `"${printable(Deno.readLinkSync(path))}"`;
  } catch {
    return "something";
  }
}

function isCovered(path: string, declared: PathSet): boolean {
  if (declared.has("/")) return true;
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
    if (declared.has(path.slice(0, end))) return true;
  }
  return false;
}
