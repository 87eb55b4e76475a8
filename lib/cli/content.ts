import { Misuse } from "../model/failure.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import type { CommonOptions, Session } from "./session.ts";

/**
 * Refuses `--json` for a command whose output is content.
 *
 * @throws {Misuse} if it is given.
 */
export function contentOnly({ json }: CommonOptions): void {
  if (json) {
    throw new Misuse("--json cannot be used here: standard output is the content", { hint: "Remove --json" });
  }
}

/**
 * Writes content to standard output as it is, and waits for its reader. A reader that closes it, such as `head`, ends the
 * command without an error.
 *
 * @throws {Failure} if it cannot be written.
 */
export async function writeContent(
  { output }: Session,
  content: AsyncIterable<Uint8Array>,
): Promise<ExitCode> {
  for await (const bytes of content) {
    if (!await output.content(bytes)) break;
  }
  return EXIT.DONE;
}
