/** The package for npm, packed and unpacked as npm does. */
import { make } from "../support/build.ts";
import { must } from "../support/foreign.ts";

/** Builds and packs the package below a directory. Returns the archive. */
export async function packPackage(directory: string): Promise<string> {
  await make("package", ["--output", `${directory}/package`]);
  const { text } = await must("npm", ["pack", "--silent", `${directory}/package`], {
    cwd: directory,
    env: { npm_config_cache: `${directory}/npm` },
  });
  return `${directory}/${text.trim()}`;
}

/** Unpacks an archive of npm into a directory, such as `node_modules/nightdrop`. */
export async function unpackPackage(archive: string, directory: string): Promise<void> {
  Deno.mkdirSync(directory, { recursive: true });
  await must("tar", ["-xzf", archive, "-C", directory, "--strip-components=1"]);
}
