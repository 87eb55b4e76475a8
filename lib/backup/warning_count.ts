import type { Event, Run } from "../app/events.ts";

/** Counts the warnings of a run. Paths that could not be read are counted elsewhere. */
export class WarningCount {
  /** Run that reports like the given one, and counts. */
  readonly run: Run;
  /** Number of warnings so far. */
  warnings = 0;

  constructor(run: Run) {
    const report = (event: Event): void => {
      if (isWarning(event)) this.warnings += 1;
      run.report(event);
    };
    this.run = { ...run, report };
  }
}

function isWarning(event: Event): boolean {
  return event.event === "warning" ||
    (event.event === "trouble" && (event.kind === "vanished" || event.kind === "changed"));
}
