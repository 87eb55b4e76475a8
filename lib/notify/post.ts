import { Failure, reason } from "../model/failure.ts";

/** What is sent, and how patiently. */
export interface Post {
  readonly body: string;
  /** Its media type. */
  readonly type: string;
  /** Milliseconds for one attempt; 10 s. */
  readonly timeout?: number | undefined;
  /** Milliseconds before the second attempt; 1 s. */
  readonly pause?: number | undefined;
}

const ATTEMPTS = 2;

/**
 * Posts a text to a URL. A second attempt is made where a short trouble may have been why the first one failed.
 *
 * The URL may be a secret, so no message holds more of it than the server's name. Redirections are not followed: they
 * would carry it to where nobody has sent it.
 *
 * @throws {Failure} when the server does not answer with a status of 2xx.
 */
export async function post(url: URL, message: Post): Promise<void> {
  for (let attempt = 1;; attempt++) {
    const { trouble, passing } = await send(url, message);
    if (trouble === undefined) return;
    if (!passing || attempt === ATTEMPTS) throw new Failure(`${url.host}: ${trouble}`);
    await new Promise((resolve) => setTimeout(resolve, message.pause ?? 1000));
  }
}

interface Sent {
  /** Undefined where it went well. */
  readonly trouble: string | undefined;
  /** Whether it may go better in a moment. */
  readonly passing: boolean;
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
    if (response.ok) return { trouble: undefined, passing: false };
    const { status } = response;
    const elsewhere = status >= 300 && status < 400 ? ", which sends elsewhere: write that URL instead" : "";
    return { trouble: `answered ${status}${elsewhere}`, passing: status >= 500 || status === 429 };
  } catch (error) {
    return explain(url, error);
  }
}

/** Deno's own messages are `error sending request for url (…): client error (Connect): why`. */
function explain(url: URL, error: unknown): Sent {
  if (error instanceof Deno.errors.NotCapable) {
    return {
      trouble: "the sandbox does not reach there: `permissions --write` grants it",
      passing: false,
    };
  }
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return { trouble: "no answer in time", passing: true };
  }
  const [, why] = /: client error \(\w+\): (.*)$/s.exec(reason((error as Error).cause)) ?? [];
  const known = why !== undefined && !why.includes(url.pathname);
  return { trouble: `could not be reached${known ? `: ${why}` : ""}`, passing: true };
}
