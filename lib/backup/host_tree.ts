import { stateDirectory } from "../catalog/state.ts";
import type { Host } from "../config/types.ts";
import type { Event, Report } from "../app/events.ts";
import type { ReportTrouble } from "../model/trouble.ts";
import { OwnDirectories, type OwnDirectory } from "../source/own.ts";
import { type SourceEntry, type WalkWatch, walkWithGaps } from "../source/walk.ts";
import { besideDumps } from "./dumps.ts";

/**
 * Yields the entries of a host without nightdrop's own directories, which are reported. Undefined is no entry, but an
 * opportunity to pause.
 */
export function hostTree(
  host: Host,
  reportTrouble: ReportTrouble,
  report: Report,
  watch: WalkWatch = {},
): Iterable<SourceEntry | undefined> {
  const own = new OwnDirectories(ownDirectories(host));
  const leftOut = (directory: OwnDirectory, path: string): void => report(leftOutEvent(directory, path));
  const walked = walkWithGaps(host.selection, reportTrouble, { own, leftOut, ...watch });
  return besideDumps(walked, host, reportTrouble);
}

/** Returns nightdrop's own directories that a walk of a host leaves out. */
export function ownDirectories(host: Host): OwnDirectory[] {
  const state = { path: stateDirectory(host), what: "the state directory of this host", closed: false };
  if (host.store.kind !== "directory") return [state];
  return [{ path: host.store.path, what: "the store of these backups", closed: true }, state];
}

/**
 * Returns the event for a directory that is left out. The store grows with each backup, and may contain more
 * than backups, so a warning is needed. The state directory is useful only to this host.
 */
function leftOutEvent({ what, closed }: OwnDirectory, path: string): Event {
  const text = `"${path}" is left out: it is ${what} and lies below a declared path`;
  return closed
    ? { event: "warning", text: `${text}. Add it to "exclude" to silence this warning` }
    : { event: "note", text };
}
