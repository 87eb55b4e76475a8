import type { Event, Run } from "../app/events.ts";

/** A run that also counts what it warns of. What could not be read is counted elsewhere. */
export class WarningCount {
  /** As the run that was given, and counting. */
  readonly run: Run;
  /** So far. */
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
