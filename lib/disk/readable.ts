import { dirname, isAbsolute, join } from "node:path/posix";
import { isGranted } from "./granted.ts";

const READ = { group: 0o040, others: 0o004 } as const;
const PASS = { group: 0o010, others: 0o001 } as const;

/**
 * Returns the permission bits of a file that its group or all users can read: they may read it, and pass every directory
 * above it. Directories that the sandbox does not allow to read count as open.
 *
 * @returns undefined if only its owner can read it, and for anything but a file.
 */
export function modeReadByOthers(path: string): number | undefined {
  const file = attempt(() => Deno.statSync(path));
  if (!file?.isFile || file.mode === null) return undefined;
  const real = isAbsolute(path) ? path : join(attempt(() => Deno.cwd()) ?? "/", path);
  const readable = (["group", "others"] as const)
    .some((who) =>
      (file.mode! & READ[who]) !== 0 && directoriesAbove(real).every((mode) => (mode & PASS[who]) !== 0)
    );
  return readable ? file.mode & 0o777 : undefined;
}

/** Returns the modes of the directories above a path, as far as they can be read. */
function directoriesAbove(path: string): number[] {
  const modes: number[] = [];
  for (let at = dirname(path);; at = dirname(at)) {
    const mode = isGranted({ name: "read", path: at }) ? attempt(() => Deno.statSync(at))?.mode : undefined;
    if (typeof mode === "number") modes.push(mode);
    if (at === "/") return modes;
  }
}

function attempt<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
