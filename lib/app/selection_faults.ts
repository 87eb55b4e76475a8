import type { Host } from "../config/types.ts";
import { lookAtDeclared } from "../source/declared.ts";
import { patternFaults } from "../source/patterns.ts";

/**
 * Returns the faults of a host's declared paths and patterns, in sentences with the remedy.
 *
 * @param missing Whether to report missing paths, which is useful only on the host itself.
 * @throws {Misuse} if a pattern is invalid.
 */
export function selectionFaults({ selection }: Host, missing: boolean): string[] {
  const declared = new Set(selection.paths);
  const paths = selection.paths.flatMap((path) => {
    const { stat, fault } = lookAtDeclared(path, declared);
    return fault === undefined || (stat === undefined && !missing) ? [] : [`"${path}" of "paths": ${fault}`];
  });
  return [...paths, ...patternFaults(selection)];
}
