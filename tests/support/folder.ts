/** Runs `body` with a new folder that is gone afterwards, whatever modes were set in it. */
export async function withFolder<T>(body: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "nightdrop-test-" });
  try {
    return await body(folder);
  } finally {
    await new Deno.Command("chmod", { args: ["-R", "u+rwX", folder], stderr: "null" }).output();
    await Deno.remove(folder, { recursive: true });
  }
}
