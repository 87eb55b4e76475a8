/** The package for npm, packed and unpacked as npm does. */
import { builtOnce, make } from "../support/build.ts";
import { withDirectory } from "../support/directory.ts";
import { must } from "../support/foreign.ts";

/** Returns the archive of the package. */
export function builtPackage(): Promise<string> {
  return builtOnce("nightdrop.tgz", (file) =>
    withDirectory(async (directory) => {
      await make("package", ["--output", `${directory}/package`]);
      const { text } = await must("npm", ["pack", "--silent", `${directory}/package`], {
        cwd: directory,
        env: { npm_config_cache: `${directory}/npm` },
      });
      Deno.copyFileSync(`${directory}/${text.trim()}`, file);
    }));
}

/** Unpacks an archive of npm into a directory, such as `node_modules/nightdrop`. */
export async function unpackPackage(archive: string, directory: string): Promise<void> {
  Deno.mkdirSync(directory, { recursive: true });
  await must("tar", ["-xzf", archive, "-C", directory, "--strip-components=1"]);
}
