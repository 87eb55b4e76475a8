import type { NotifyingCommand } from "../config/notifying_commands.ts";
import type { Owner } from "../config/owner.ts";
import { resolveUrl } from "../config/url.ts";
import { reason } from "../model/failure.ts";
import { jsonLine, oneLine } from "../model/printable.ts";
import { pingUrl } from "../notify/ping.ts";
import { post } from "../notify/post.ts";
import type { Run } from "./events.ts";
import { PROGRAM } from "./program.ts";
import type { Environment } from "./stores.ts";

/** Result of a command on the owner's machine. */
export interface OwnerNews {
  readonly command: NotifyingCommand;
  /** Whether nothing was found. */
  readonly isGood: boolean;
  /** Lines for people. */
  readonly lines: readonly string[];
  /** Keys of the JSON object for the webhook. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Maximum length of the text of a ping in characters. */
const MAX_TEXT = 10_000;

/** Notifies the owner of a result. What fails is a warning: it changes neither the result nor the exit code. */
export async function notifyOwner(
  { notify }: Owner,
  { command, isGood, lines, values }: OwnerNews,
  environment: Environment,
  run: Run,
): Promise<void> {
  const { ping, webhook } = notify[command];
  const text = lines.map(oneLine).join("\n").slice(0, MAX_TEXT);
  const sendPing = (url: URL): Promise<void> =>
    post(pingUrl(url, isGood ? "success" : "fail"), { body: text, type: "text/plain" });
  const object = {
    event: command,
    program: PROGRAM,
    at: run.now().toISOString(),
    ok: isGood,
    text,
    ...values,
  };
  const sendObject = (url: URL): Promise<void> =>
    post(url, { body: jsonLine(object) + "\n", type: "application/json" });
  const attempts = [["ping", ping, sendPing], ["webhook", webhook, sendObject]] as const;
  await Promise.all(attempts.map(async ([what, reference, send]) => {
    try {
      if (reference !== undefined) await send(resolveUrl(reference, environment));
    } catch (error) {
      run.report({ event: "warning", text: `The ${what} could not be sent: ${reason(error)}` });
    }
  }));
}
