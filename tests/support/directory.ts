/** Runs `body` with a new directory that is gone afterwards, whatever modes were set in it. */
export async function withDirectory<T>(body: (directory: string) => T | Promise<T>): Promise<T> {
  const directory = await Deno.makeTempDir({ prefix: "nightdrop-test-" });
  try {
    return await body(directory);
  } finally {
    await new Deno.Command("chmod", { args: ["-R", "u+rwX", directory], stderr: "null" }).output();
    await Deno.remove(directory, { recursive: true });
  }
}
