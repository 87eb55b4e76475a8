import { interruptible } from "./interrupt.ts";
import { STDERR } from "./sink.ts";
import { Interrupted } from "../model/failure.ts";
import { oneLine } from "../model/printable.ts";
import { Secret } from "../model/secret.ts";

/**
 * Reads a secret from the terminal without echo. Returns undefined if there is no terminal or nothing is typed.
 *
 * @throws {Interrupted} if a signal arrives, Ctrl-C is typed, or the terminal hangs up. A hang-up can be noticed before
 * its signal; text typed until then is not used.
 */
export async function askSecret(question: string): Promise<Secret | undefined> {
  if (!hideTyping()) return undefined;
  using interrupt = interruptible();
  const { promise, reject } = Promise.withResolvers<never>();
  interrupt.signal.addEventListener("abort", () => reject(interrupt.signal.reason));
  STDERR.write(oneLine(question));
  try {
    const typed = await Promise.race([readLine(), promise]);
    return typed === "" ? undefined : new Secret(typed);
  } finally {
    showTyping();
    STDERR.write("\n");
  }
}

/**
 * Turns the echo off. Returns false if standard input is not a terminal.
 *
 * @throws {Interrupted} if the terminal has hung up; `isTerminal` then returns false.
 */
function hideTyping(): boolean {
  try {
    Deno.stdin.setRaw(true);
    return true;
  } catch (error) {
    if (isInputOutputError(error)) throw hangUp();
    if (Deno.stdin.isTerminal()) throw error;
    return false;
  }
}

function showTyping(): void {
  try {
    Deno.stdin.setRaw(false);
  } catch {
    // The terminal was closed.
  }
}

const [CTRL_C, CTRL_D, BACKSPACE, DELETE] = [3, 4, 8, 127];

async function readLine(): Promise<string> {
  const typed: number[] = [];
  const buffer = new Uint8Array(64);
  for (;;) {
    const length = await read(buffer);
    if (length === 0) return text(typed);
    for (const byte of buffer.subarray(0, length)) {
      if (byte === CTRL_C) throw new Interrupted();
      if (byte === CTRL_D || byte === 10 || byte === 13) return text(typed);
      if (byte === BACKSPACE || byte === DELETE) erase(typed);
      else typed.push(byte);
    }
  }
}

/**
 * Reads from the terminal; 0 at the end of input.
 *
 * @throws {Interrupted} if the terminal hangs up: Linux then ends the read with `EIO` or with 0 bytes, whichever comes first.
 */
async function read(buffer: Uint8Array<ArrayBuffer>): Promise<number> {
  try {
    const length = await Deno.stdin.read(buffer) ?? 0;
    if (length === 0 && !Deno.stdin.isTerminal()) throw hangUp();
    return length;
  } catch (error) {
    throw isInputOutputError(error) ? hangUp() : error;
  }
}

function hangUp(): Interrupted {
  return new Interrupted("Interrupted: the terminal was closed");
}

/** Returns whether an error is `EIO`: Deno puts it into `code` on reads, and into the message when it sets the mode. */
function isInputOutputError(error: unknown): boolean {
  return error instanceof Error && ("code" in error ? error.code === "EIO" : error.message.startsWith("EIO"));
}

/** Removes the last character, which may be several bytes of UTF-8. */
function erase(typed: number[]): void {
  while (typed.length > 0 && (typed.pop()! & 0xc0) === 0x80) { /* a continuation byte */ }
}

function text(bytes: number[]): string {
  return new TextDecoder().decode(new Uint8Array(bytes));
}
