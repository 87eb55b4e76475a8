import { isGranted } from "./granted.ts";

/** Returns the real path of a path that may not exist yet. A path that cannot be read is treated as not a link. */
export function realPathOf(path: string): string {
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
    if (!isGranted({ name: "read", path: path.slice(0, end) })) return path;
    try {
      const real = Deno.realPathSync(path.slice(0, end));
      return (real === "/" ? "" : real) + path.slice(end);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) return path;
    }
  }
  return path;
}
