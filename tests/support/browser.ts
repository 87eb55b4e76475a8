/** A real browser, driven by the DevTools protocol (https://chromedevtools.github.io/devtools-protocol/). */
import { withDirectory } from "./directory.ts";
import { run } from "./foreign.ts";
import { ends } from "./processes.ts";

/** One page of the browser. */
export interface BrowserPage {
  /** Addresses that the page has asked for. */
  readonly requests: readonly string[];
  /** What the browser has written to its console, such as violations of a policy. */
  readonly messages: readonly string[];
  /** Sends a command of the protocol. */
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  /** Opens an address and waits until it is loaded. */
  open(url: string): Promise<void>;
  /** Evaluates an expression, or what it promises. */
  evaluate<T>(expression: string): Promise<T>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** Runs `body` with a page of a browser of its own. */
export async function withBrowser(body: (page: BrowserPage) => Promise<void>): Promise<void> {
  await withDirectory(async (profile) => {
    const flags = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--remote-debugging-port=0",
    ];
    const child = new Deno.Command("chromium", {
      args: [...flags, `--user-data-dir=${profile}`, "about:blank"],
      env: { HOME: profile },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const talk = new Talk();
    try {
      await talk.connect(await addressOf(child.stderr));
      await body(await talk.page());
    } finally {
      await talk.close();
      const pids = await pidsOf(profile);
      child.kill("SIGKILL");
      await child.stderr.cancel();
      await child.status;
      await Promise.all(pids.map(ends)); // until then they write to the profile
    }
  });
}

/** Processes of the browser, which end a little after the first one. */
async function pidsOf(profile: string): Promise<number[]> {
  const { text } = await run("pgrep", ["-f", profile]);
  return text.split("\n").filter((line) => line !== "").map(Number);
}

/** Address at which the browser says it listens. */
async function addressOf(stderr: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let said = "";
  const reader = stderr.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      said += decoder.decode(value);
      const address = /^DevTools listening on (ws:\S+)$/m.exec(said)?.[1];
      if (address !== undefined) return address;
      if (done) throw new Error(`The browser did not start: ${said}`);
    }
  } finally {
    reader.releaseLock();
  }
}

/** Commands and their answers over one socket. */
class Talk {
  #socket: WebSocket | undefined;
  #session: string | undefined;
  #last = 0;
  readonly #waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  readonly #requests: string[] = [];
  readonly #messages: string[] = [];
  #loaded = Promise.withResolvers<void>();

  async connect(address: string): Promise<void> {
    const socket = this.#socket = new WebSocket(address);
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
    await new Promise((resolve, reject) => [socket.onopen, socket.onerror] = [resolve, reject]);
  }

  async page(): Promise<BrowserPage> {
    const { targetId } = await this.#send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.#send("Target.attachToTarget", { targetId, flatten: true });
    this.#session = sessionId as string;
    for (const domain of ["Page", "Network", "Log", "Runtime"]) await this.#send(`${domain}.enable`);
    return {
      requests: this.#requests,
      messages: this.#messages,
      send: (method, params) => this.#send(method, params),
      open: (url) => this.#open(url),
      evaluate: (expression) => this.#evaluate(expression),
    };
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined) return;
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await closed;
  }

  async #open(url: string): Promise<void> {
    this.#loaded = Promise.withResolvers();
    await this.#send("Page.navigate", { url });
    await this.#loaded.promise;
  }

  async #evaluate<T>(expression: string): Promise<T> {
    const params = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.#send("Runtime.evaluate", params) as {
      readonly result: { readonly value: T };
      readonly exceptionDetails?: unknown;
    };
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  }

  #send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#last;
    const answer = Promise.withResolvers<Record<string, unknown>>();
    this.#waiting.set(id, answer);
    this.#socket!.send(
      JSON.stringify({ id, method, params, ...(this.#session && { sessionId: this.#session }) }),
    );
    return answer.promise;
  }

  #take({ id, method, params, result, error }: Message): void {
    if (id !== undefined) {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(result ?? {});
      else waiting?.reject(new Error(error.message));
    }
    if (method === "Network.requestWillBeSent") this.#requests.push((params!.request as { url: string }).url);
    if (method === "Log.entryAdded") this.#messages.push((params!.entry as { text: string }).text);
    if (method === "Page.loadEventFired") this.#loaded.resolve();
  }
}
