/** The recipe of `docs/RESTORE-BY-HAND.md` for a snapshot that builds upon others. */
import { bash } from "../support/foreign.ts";
import { blocks } from "./blocks.ts";

/** What it needs. */
export const TOOLS = ["gpg", "zstd", "tar", "jq", "sha256sum", "awk"];

/** The blocks of the part about older snapshots, after those that every restore begins with. */
export function recipe(): string {
  const all = blocks("docs/RESTORE-BY-HAND.md", "sh");
  const first = all.findIndex((block) => block.includes(".needs | length"));
  return [...all.slice(0, 4), ...all.slice(first)].join("");
}

/** Runs `script` in `cwd` with a GnuPG of its own in `directory`. */
export async function byHand(
  { directory, privateFile }: { readonly directory: string; readonly privateFile: string },
  cwd: string,
  script: string,
): Promise<void> {
  const home = `${directory}/gnupg`;
  await Deno.mkdir(home, { mode: 0o700, recursive: true });
  const env = { GNUPGHOME: home, PRIVATE_KEY: privateFile };
  try {
    await bash(script, { cwd, env });
  } finally {
    await bash("gpgconf --kill all", { env });
  }
}
