import type { Report } from "../app/events.ts";
import { Damage, type Failure, withHint } from "../model/failure.ts";
import { EXIT, type ExitCode } from "./exit.ts";

/** Problems that are reported one by one. */
const MAX_NAMED = 50;

/** Problems with single snapshots, which do not end a command but determine its exit code. */
export class Problems {
  readonly #report: Report;
  #count = 0;
  #exit: ExitCode = EXIT.DONE;

  constructor(report: Report) {
    this.#report = report;
  }

  /** Reports a problem with a snapshot. */
  add(snapshot: string, why: Failure): void {
    this.#count += 1;
    if (why instanceof Damage) this.#exit = EXIT.DAMAGE;
    else if (this.#exit === EXIT.DONE) this.#exit = EXIT.FAILED;
    if (this.#count <= MAX_NAMED) this.#report({ event: "warning", text: `${snapshot}: ${withHint(why)}` });
  }

  /** Reports how many were not reported, and returns the exit code. */
  end(): ExitCode {
    const more = this.#count - MAX_NAMED;
    if (more > 0) this.#report({ event: "warning", text: `${more} more problems` });
    return this.#exit;
  }
}
