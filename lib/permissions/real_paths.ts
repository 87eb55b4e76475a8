import { realPathOf } from "../disk/real_path.ts";

/**
 * Returns paths together with their real paths. A directory that is written to is opened by its real path, so that
 * replacing it by a link has no effect, and Deno then checks the permission for the real path.
 */
export function withRealPaths(paths: readonly string[]): string[] {
  return paths.flatMap((path) => [...new Set([path, realPathOf(path)])]);
}
