import { pathToFileURL } from "node:url";
import { Misuse } from "../model/failure.ts";

/** The process's own standard input, by the names that shells and people give it. */
const STANDARD_INPUT: ReadonlySet<string> = new Set(["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]);

/** Whether a file name means standard input. */
export function isStandardInput(file: string): boolean {
  return STANDARD_INPUT.has(file);
}

/**
 * Returns the bytes of a file, which may also be standard input, a pipe of the shell (`<(…)`), or text in `/dev/shm`:
 * places for secrets that must not touch a disk.
 *
 * Deno opens pipes below `/dev/fd`, and nothing else below `/dev`, unless it was granted everything
 * (https://github.com/denoland/deno/pull/23743, https://github.com/denoland/deno/issues/30979). To import a text takes the permission to read it and no more.
 *
 * @throws {Misuse} if a file below `/dev` is not text.
 */
export async function readAnyFile(file: string): Promise<Uint8Array> {
  if (isStandardInput(file)) return await new Response(Deno.stdin.readable).bytes();
  try {
    return Deno.readFileSync(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    const { default: text } = await import(pathToFileURL(file).href, { with: { type: "text" } });
    if (text.includes("\ufffd")) {
      throw new Misuse(`"${file}" is not text, and nothing else can be read below /dev`, {
        hint: "Export the key with --armor",
      });
    }
    return new TextEncoder().encode(text);
  }
}
