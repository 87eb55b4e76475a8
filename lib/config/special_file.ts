import { pathToFileURL } from "node:url";
import { Misuse } from "../model/failure.ts";

/** Names of standard input. */
const STANDARD_INPUT: ReadonlySet<string> = new Set(["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]);

/** Returns whether a file name means standard input. */
export function isStandardInput(file: string): boolean {
  return STANDARD_INPUT.has(file);
}

/**
 * Returns the bytes of a file, which may also be standard input, a pipe of the shell (`<(…)`), or text in `/dev/shm`, for
 * secrets that must not be written to a disk.
 *
 * Without all permissions Deno opens pipes below `/dev/fd`, and nothing else below `/dev`
 * (https://github.com/denoland/deno/pull/23743, https://github.com/denoland/deno/issues/30979). A text import needs only
 * the permission to read the file.
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
      throw new Misuse(`Cannot read "${file}": only text can be read below /dev`, {
        hint: "Export the key with gpg --armor",
      });
    }
    return new TextEncoder().encode(text);
  }
}
