/** Runs `body` with one of Deno's calls replaced. */
export async function replacing<K extends "link" | "open">(
  call: K,
  other: (original: typeof Deno[K]) => typeof Deno[K],
  body: () => Promise<void>,
): Promise<void> {
  const original = Deno[call];
  Deno[call] = other(original);
  try {
    await body();
  } finally {
    Deno[call] = original;
  }
}
