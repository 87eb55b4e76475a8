/** Made-up things to measure with. */
import type { SourceEntry } from "../../../lib/source/walk.ts";

/** How many entries an iteration takes: what it tells in milliseconds is ten times the microseconds for each. */
export const MANY = 10_000;

/** Files in directories of a hundred, in the order of a walk. */
export function entries(count: number, changes: Partial<SourceEntry> = {}): SourceEntry[] {
  return Array.from({ length: count }, (_, at) => {
    const [directory, name] = [Math.floor(at / 100), at % 100].map((it) => String(it).padStart(4, "0"));
    const path = `srv/www/example/releases/${directory}/assets/image-${name}.svg`;
    return {
      path,
      file: `/${path}`,
      type: "file",
      size: 4000 + at,
      mode: 0o644,
      uid: 33,
      gid: 33,
      user: "www-data",
      group: "www-data",
      mtime: 1_700_000_000_000 + 1000 * at,
      ctime: 1_700_000_000_000,
      dev: 1,
      ino: at + 2,
      nlink: 1,
      ...changes,
    };
  });
}

/** A directory that is gone when the benchmark is done. */
export function temporaryDirectory(): string {
  const directory = Deno.makeTempDirSync({ prefix: "nightdrop-bench-" });
  addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
  return directory;
}
