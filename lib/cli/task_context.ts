import { Misuse } from "../model/failure.ts";

/** Facts that a task of `deno.json` passes to its command. */
export interface TaskContext {
  /** Directory that the task was called from. */
  readonly from: string;
  /** Config that is used where the user names none. */
  readonly config: string;
}

const FORM = /^((?:[0-9a-f]{2})*):((?:[0-9a-f]{2})*)$/;

/**
 * Decodes the context that `lib/permissions/task_context.sh` prints: two paths in hexadecimal, with a colon between them.
 *
 * @throws {Misuse} if it has another form.
 */
export function decodeTaskContext(text: string): TaskContext {
  const [, from, config] = FORM.exec(text) ?? [];
  if (from === undefined || config === undefined) {
    throw new Misuse(`Cannot use the task context "${text}": it must be two paths in hexadecimal`, {
      hint: "Start the command by `deno task` or by the script `nightdrop`",
    });
  }
  return { from: pathOf(from), config: pathOf(config) };
}

function pathOf(hex: string): string {
  return new TextDecoder().decode(Uint8Array.fromHex(hex));
}
