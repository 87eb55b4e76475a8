/**
 * Requests for session keys, and answers to them: text files that go between the machine of the drill and the one with the
 * private key. The first line is the plan. Each other line is the id of a message and its session key packets in base64 or,
 * in an answer, its session key as gpg writes it: the number of AES-256 and the key in hexadecimal.
 *
 * @module
 */
import { Failure, Misuse, reason } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import type { OpenSessionKey } from "../seal/message.ts";
import { bodiesOf, packetsId, packetsOf } from "../seal/session_key_packets.ts";
import { decodePlan, encodePlan, type Plan } from "./plan.ts";

/** Session key packets of messages, by their ids. */
export type Packets = ReadonlyMap<string, Uint8Array>;

/** Session keys of messages, by their ids. They are secrets. */
export type SessionKeys = ReadonlyMap<string, Uint8Array>;

/** AES-256 (RFC 9580 section 9.3). */
const ALGORITHM = "9";

/** Returns the text of a request. */
export function encodeRequest(plan: Plan, packets: Packets): string {
  return lines(plan, packets, (bytes) => bytes.toBase64());
}

/** Returns the text of an answer. It holds session keys. */
export function encodeAnswer(plan: Plan, keys: SessionKeys): string {
  return lines(plan, keys, (key) => `${ALGORITHM}:${key.toHex().toUpperCase()}`);
}

/**
 * Reads a request.
 *
 * @throws {Misuse} if it is not one.
 */
export function decodeRequest(
  text: string,
  file: string,
): { readonly plan: Plan; readonly packets: Packets } {
  const { plan, rest } = split(text, file);
  return {
    plan,
    packets: valuesOf(rest, file, /^([0-9a-f]{64}) ([A-Za-z0-9+/]+=*)$/, (it) => Uint8Array.fromBase64(it)),
  };
}

/**
 * Reads an answer.
 *
 * @throws {Misuse} if it is not one.
 */
export function decodeAnswer(
  text: string,
  file: string,
): { readonly plan: Plan; readonly keys: SessionKeys } {
  const { plan, rest } = split(text, file);
  return {
    plan,
    keys: valuesOf(rest, file, /^([0-9a-f]{64}) 9:([0-9A-Fa-f]{64})$/, (it) => Uint8Array.fromHex(it)),
  };
}

/** A session key that no answer has. */
class NoSessionKey extends Failure {
  override readonly name: string = "NoSessionKey";

  constructor() {
    super("No answer has the session key of this message", {
      hint: "Ask for what is missing: `nightdrop drill --session-keys FILE --request FILE`",
    });
  }
}

/** Opens messages with session keys that were opened on another machine. */
export function openerWith(keys: SessionKeys): OpenSessionKey {
  return (bodies) => {
    const key = keys.get(packetsId(packetsOf(bodies)));
    return key === undefined ? Promise.reject(new NoSessionKey()) : Promise.resolve(key);
  };
}

/**
 * Opens what a request asks for.
 *
 * @returns The session keys, and the errors of what could not be opened.
 */
export async function answer(
  packets: Packets,
  open: OpenSessionKey,
): Promise<{ readonly keys: SessionKeys; readonly refused: readonly Failure[] }> {
  const keys = new Map<string, Uint8Array>();
  const refused: Failure[] = [];
  for (const [id, bytes] of packets) {
    try {
      keys.set(id, await open(await bodiesOf(bytes)));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      refused.push(error);
    }
  }
  return { keys, refused };
}

function lines(
  plan: Plan,
  values: ReadonlyMap<string, Uint8Array>,
  write: (value: Uint8Array) => string,
): string {
  return [encodePlan(plan), ...[...values].map(([id, value]) => `${id} ${write(value)}`), ""].join("\n");
}

function split(text: string, file: string): { plan: Plan; rest: string[] } {
  const [first = "", ...rest] = text.trimEnd().split(/\r?\n/);
  return { plan: decodePlan(first, file), rest };
}

function valuesOf(
  rest: readonly string[],
  file: string,
  form: RegExp,
  read: (text: string) => Uint8Array,
): Map<string, Uint8Array> {
  const values = new Map<string, Uint8Array>();
  for (const [at, line] of rest.entries()) {
    // The line is not quoted: it may hold a session key.
    const bad = (why: string): Misuse =>
      new Misuse(`Cannot read line ${at + 2} of "${printable(file)}": ${why}`);
    const [, id, text] = form.exec(line) ?? [];
    if (id === undefined) throw bad("it is not of the form that is expected");
    try {
      values.set(id, read(text!));
    } catch (error) {
      throw bad(reason(error));
    }
  }
  return values;
}
