import { resolveUrl } from "../config/url.ts";
import type { Host, UrlReference } from "../config/types.ts";
import { type End, figures, seconds } from "./outcome.ts";
import type { Run } from "../app/events.ts";
import { pinnedRecipients } from "../app/keys.ts";
import { reason } from "../model/failure.ts";
import { jsonLine } from "../model/printable.ts";
import { type PingState, pingUrl } from "../notify/ping.ts";
import { post } from "../notify/post.ts";
import { type KeyFigures, writeTextfile } from "../notify/textfile.ts";
import { PROGRAM } from "../app/program.ts";
import type { Environment } from "../app/stores.ts";

/**
 * Reports the backups of a host: pings, a webhook, a file of figures. None of it can break a backup: what fails
 * is a warning.
 */
export class Notifier {
  readonly #host: Host;
  readonly #environment: Environment;
  readonly #run: Run;

  constructor(host: Host, environment: Environment, run: Run) {
    this.#host = host;
    this.#environment = environment;
    this.#run = run;
  }

  /** A backup begins. */
  async started(time: Date): Promise<void> {
    await Promise.all([
      this.#ping("start", `${this.#host.name}: backup starts`),
      this.#webhook({ result: "started", started: time.toISOString() }),
    ]);
  }

  /** A backup has ended. */
  async ended(end: End): Promise<void> {
    const { result, started, ended } = end;
    await Promise.all([
      this.#ping(result === "complete" ? "success" : "fail", pingText(end)),
      this.#webhook({ started: started.toISOString(), ended: ended.toISOString(), ...figures(end) }),
      this.#textfile(end),
    ]);
  }

  async #ping(state: PingState, body: string): Promise<void> {
    const { ping } = this.#host.notify;
    await this.#attempt("ping", ping, (url) => post(pingUrl(url, state), { body, type: "text/plain" }));
  }

  async #webhook(reported: Record<string, unknown>): Promise<void> {
    const message = { event: "backup", program: PROGRAM, host: this.#host.name, ...reported };
    const body = jsonLine(message) + "\n";
    await this.#attempt(
      "webhook",
      this.#host.notify.webhook,
      (url) => post(url, { body, type: "application/json" }),
    );
  }

  async #attempt(
    what: string,
    reference: UrlReference | undefined,
    send: (url: URL) => Promise<void>,
  ): Promise<void> {
    if (reference === undefined) return;
    try {
      await send(resolveUrl(reference, this.#environment));
    } catch (error) {
      this.#warn(`The ${what} could not be sent: ${reason(error)}`);
    }
  }

  async #textfile(end: End): Promise<void> {
    const { textfile } = this.#host.notify;
    if (textfile === undefined) return;
    try {
      writeTextfile(textfile, {
        host: end.host,
        run: { ...end, seconds: seconds(end), outputLost: end.outputLost !== undefined },
        snapshot: end.stored,
        keys: await this.#keys(),
      });
    } catch (error) {
      this.#warn(reason(error));
    }
  }

  /** Those of the recipients, where they can be read: if not, the run has said so. */
  async #keys(): Promise<readonly KeyFigures[]> {
    return await pinnedRecipients(this.#host, { ...this.#run, report: () => {} }).catch(() => []);
  }

  #warn(text: string): void {
    this.#run.report({ event: "warning", text });
  }
}

/** A line for people. */
function pingText(end: End): string {
  const { snapshot, ...rest } = figures(end);
  const reported = Object.entries(rest).filter(([key]) => key !== "result").map(([key, value]) =>
    `${key} ${value}`
  );
  const what = snapshot === undefined ? end.host : `${end.host}/${snapshot}`;
  return `${what}: ${end.result}: ${reported.join(", ")}`;
}
