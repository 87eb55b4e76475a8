import { deno, ROOT, withBuildDirectory } from "./run.ts";

/** Writes the type declarations of the public modules to a directory: `mod.d.ts` and what it imports. */
export function writeTypes(output: string): Promise<void> {
  return withBuildDirectory(async (directory) => {
    const archive = `${directory}/package.tgz`;
    await deno(["pack", "--quiet", "--allow-dirty", `--config=${ROOT}/deno.json`, `--output=${archive}`]);
    Deno.mkdirSync(output, { recursive: true });
    const tar = ["-xzf", archive, "-C", output, "--strip-components=1", "--wildcards", "*.d.ts"];
    const { success } = await new Deno.Command("tar", { args: tar }).output();
    if (!success) throw new Error("Cannot unpack the type declarations");
  });
}
