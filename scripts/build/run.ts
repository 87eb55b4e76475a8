const decoder = new TextDecoder();

/** The directory of the repository. */
export const ROOT = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");

/** Runs this Deno in the directory of the repository; it must succeed. */
export async function deno(args: readonly string[]): Promise<void> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    stdout: "null",
    stderr: "piped",
  });
  const { success, stderr } = await command.output();
  if (!success) throw new Error(`deno ${args[0]} failed: ${decoder.decode(stderr)}`);
}

/** Runs `body` with a new directory inside the repository, whose import map then holds for what is in it. */
export async function withBuildDirectory<T>(body: (directory: string) => Promise<T>): Promise<T> {
  Deno.mkdirSync(`${ROOT}/dist`, { recursive: true });
  const directory = Deno.makeTempDirSync({ dir: `${ROOT}/dist`, prefix: ".build-" });
  try {
    return await body(directory);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

/** Says something to whoever builds. */
export function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}
