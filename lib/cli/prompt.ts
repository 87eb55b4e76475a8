import { interruptible } from "./interrupt.ts";
import { STDERR } from "./sink.ts";
import { Interrupted } from "../model/failure.ts";
import { oneLine } from "../model/printable.ts";
import { Secret } from "../model/secret.ts";

/**
 * Asks on the terminal without showing what is typed; undefined where there is no terminal or nothing is typed.
 *
 * @throws {Interrupted} also when a signal comes, which no key would follow.
 */
export async function askSecret(question: string): Promise<Secret | undefined> {
  if (!Deno.stdin.isTerminal()) return undefined;
  STDERR.write(oneLine(question));
  using interrupt = interruptible();
  const { promise, reject } = Promise.withResolvers<never>();
  interrupt.signal.addEventListener("abort", () => reject(interrupt.signal.reason));
  Deno.stdin.setRaw(true);
  try {
    const typed = await Promise.race([readLine(), promise]);
    return typed === "" ? undefined : new Secret(typed);
  } finally {
    showTyping();
    STDERR.write("\n");
  }
}

function showTyping(): void {
  try {
    Deno.stdin.setRaw(false);
  } catch {
    // The terminal is gone.
  }
}

const [CTRL_C, CTRL_D, BACKSPACE, DELETE] = [3, 4, 8, 127];

async function readLine(): Promise<string> {
  const typed: number[] = [];
  const buffer = new Uint8Array(64);
  for (;;) {
    const length = await Deno.stdin.read(buffer) ?? 0;
    if (length === 0) return text(typed);
    for (const byte of buffer.subarray(0, length)) {
      if (byte === CTRL_C) throw new Interrupted();
      if (byte === CTRL_D || byte === 10 || byte === 13) return text(typed);
      if (byte === BACKSPACE || byte === DELETE) erase(typed);
      else typed.push(byte);
    }
  }
}

/** Takes the last character away, which may be several bytes of UTF-8. */
function erase(typed: number[]): void {
  while (typed.length > 0 && (typed.pop()! & 0xc0) === 0x80) { /* a continuation byte */ }
}

function text(bytes: number[]): string {
  return new TextDecoder().decode(new Uint8Array(bytes));
}
