import type { Host } from "../config/types.ts";
import { lookAtDeclared } from "../source/declared.ts";
import { patternFaults } from "../source/patterns.ts";

/**
 * What of a host's declared paths and patterns is of no use, in sentences with the remedy.
 *
 * @param missing whether to report paths that are not there, which is right on the host alone.
 * @throws {Misuse} for a pattern that cannot be used at all.
 */
export function selectionFaults({ selection }: Host, missing: boolean): string[] {
  const declared = new Set(selection.paths);
  const paths = selection.paths.flatMap((path) => {
    const { stat, fault } = lookAtDeclared(path, declared);
    return fault === undefined || (stat === undefined && !missing) ? [] : [`"${path}" of "paths": ${fault}`];
  });
  return [...paths, ...patternFaults(selection)];
}
