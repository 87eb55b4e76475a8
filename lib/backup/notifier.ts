import { resolveUrl } from "../config/url.ts";
import type { Host, UrlReference } from "../config/types.ts";
import { type BackupOutcome, outcomeFields, seconds } from "./outcome.ts";
import type { Run } from "../app/events.ts";
import { pinnedRecipients } from "../app/keys.ts";
import { reason } from "../model/failure.ts";
import { jsonLine } from "../model/printable.ts";
import { type PingState, pingUrl } from "../notify/ping.ts";
import { post } from "../notify/post.ts";
import { type KeyMetrics, writeTextfile } from "../notify/textfile.ts";
import { PROGRAM } from "../app/program.ts";
import type { Environment } from "../app/stores.ts";

/**
 * Reports the backups of a host: pings, a webhook, a file of metrics. A notification that fails is a warning,
 * and never fails the backup.
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

  /** Reports the start of a backup. */
  async started(time: Date): Promise<void> {
    await Promise.all([
      this.#ping("start", `${this.#host.name}: backup starts`),
      this.#webhook({ result: "started", started: time.toISOString() }),
    ]);
  }

  /** Reports the end of a backup. */
  async ended(outcome: BackupOutcome): Promise<void> {
    const { result, started, ended } = outcome;
    await Promise.all([
      this.#ping(result === "complete" ? "success" : "fail", pingText(outcome)),
      this.#webhook({
        started: started.toISOString(),
        ended: ended.toISOString(),
        ...outcomeFields(outcome),
      }),
      this.#textfile(outcome),
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

  async #textfile(outcome: BackupOutcome): Promise<void> {
    const { textfile } = this.#host.notify;
    if (textfile === undefined) return;
    try {
      writeTextfile(textfile, {
        host: outcome.host,
        run: { ...outcome, seconds: seconds(outcome), outputLost: outcome.outputLost !== undefined },
        snapshot: outcome.stored,
        keys: await this.#keys(),
      });
    } catch (error) {
      this.#warn(reason(error));
    }
  }

  /**
   * Returns the metrics of the recipients; none if their keys cannot be read, which the run has reported.
   */
  async #keys(): Promise<readonly KeyMetrics[]> {
    return await pinnedRecipients(this.#host, { ...this.#run, report: () => {} }).catch(() => []);
  }

  #warn(text: string): void {
    this.#run.report({ event: "warning", text });
  }
}

/** Returns the text of a ping, in one line. */
function pingText(outcome: BackupOutcome): string {
  const { snapshot, ...rest } = outcomeFields(outcome);
  const reported = Object.entries(rest).filter(([key]) => key !== "result").map(([key, value]) =>
    `${key} ${value}`
  );
  const what = snapshot === undefined ? outcome.host : `${outcome.host}/${snapshot}`;
  return `${what}: ${outcome.result}: ${reported.join(", ")}`;
}
