const decoder = new TextDecoder();

/** Directory of the repository. */
export const ROOT = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");

/** Runs this Deno in the directory of the repository, and throws if it fails. */
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

/** Runs `body` with a new directory inside the repository, so that its import map applies there. */
export async function withBuildDirectory<T>(body: (directory: string) => Promise<T>): Promise<T> {
  Deno.mkdirSync(`${ROOT}/dist`, { recursive: true });
  const directory = Deno.makeTempDirSync({ dir: `${ROOT}/dist`, prefix: ".build-" });
  try {
    return await body(directory);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

/** Prints a message. */
export function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}
