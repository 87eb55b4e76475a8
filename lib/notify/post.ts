import { Failure, reason } from "../model/failure.ts";

/** Message to post, with its time-outs. */
export interface Post {
  /** Text to send. */
  readonly body: string;
  /** Media type of the text. */
  readonly type: string;
  /** Time limit of one attempt in milliseconds. Default: 10 s. */
  readonly timeout?: number | undefined;
  /** Pause before the second attempt in milliseconds. Default: 1 s. */
  readonly pause?: number | undefined;
}

const ATTEMPTS = 2;

/**
 * Posts a text to a URL, with a second attempt if the first one failed for a temporary reason.
 *
 * The URL may be a secret, so messages name only its server. Redirects are not followed: they would send the text to a
 * server that the config does not name.
 *
 * @throws {Failure} if the server does not answer with a 2xx status.
 */
export async function post(url: URL, message: Post): Promise<void> {
  for (let attempt = 1;; attempt++) {
    const { trouble, temporary } = await send(url, message);
    if (trouble === undefined) return;
    if (!temporary || attempt === ATTEMPTS) throw new Failure(`${url.host}: ${trouble}`);
    await new Promise((resolve) => setTimeout(resolve, message.pause ?? 1000));
  }
}

interface Sent {
  /** Reason of the failure; undefined for success. */
  readonly trouble: string | undefined;
  /** Whether a second attempt may succeed. */
  readonly temporary: boolean;
}

async function send(url: URL, { body, type, timeout = 10_000 }: Post): Promise<Sent> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": type, "user-agent": "nightdrop" },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(timeout),
    });
    await response.body?.cancel();
    if (response.ok) return { trouble: undefined, temporary: false };
    const { status } = response;
    const elsewhere = status >= 300 && status < 400 ? ", a redirect: set the URL that it points to" : "";
    return { trouble: `answered ${status}${elsewhere}`, temporary: status >= 500 || status === 429 };
  } catch (error) {
    return explain(url, error);
  }
}

/** Returns the reason of an error. Deno's messages are `error sending request for url (…): client error (Connect): why`. */
function explain(url: URL, error: unknown): Sent {
  if (error instanceof Deno.errors.NotCapable) {
    return {
      trouble: "the sandbox does not grant the connection: run `nightdrop permissions --write`",
      temporary: false,
    };
  }
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return { trouble: "no answer in time", temporary: true };
  }
  const [, why] = /: client error \(\w+\): (.*)$/s.exec(reason((error as Error).cause)) ?? [];
  const known = why !== undefined && !why.includes(url.pathname);
  return { trouble: `cannot connect${known ? `: ${why}` : ""}`, temporary: true };
}
