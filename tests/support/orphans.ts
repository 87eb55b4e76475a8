/** Directories of servers that a killed test run left behind. */
import { join } from "node:path";
import { commandLine } from "../../scripts/rgw/daemons.ts";

/** Makes a directory for a server of this test run, whose name has `prefix` and the process id. It removes those of test runs that ended. */
export async function serverDirectory(prefix: string, down: (directory: string) => void): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: `${prefix}${Deno.pid}-` });
  addEventListener("unload", () => down(directory));
  const parent = join(directory, "..");
  for (const { name } of Deno.readDirSync(parent)) {
    const pid = name.startsWith(prefix) ? /^(\d+)-/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (pid !== undefined && commandLine(Number(pid)).length === 0) down(join(parent, name));
  }
  return directory;
}
