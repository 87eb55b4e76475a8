import type { HostFacts } from "../facts.ts";
import type { Case, Found } from "./rule.ts";

/** Reports the findings of a verification without content. */
export function integrity({ facts: { findings } }: Case): Found {
  return findingsFound(findings);
}

/** Returns damage and warnings among findings as one. */
export function findingsFound(findings: HostFacts["findings"]): Found {
  const damage = findings.filter(({ kind }) => kind === "damage");
  const warnings = findings.filter(({ kind }) => kind === "warning");
  const [first] = [...damage, ...warnings];
  if (first === undefined) return;
  const count = damage.length + warnings.length;
  const where = first.snapshot === undefined ? "" : `${first.snapshot}: `;
  return {
    severity: damage.length > 0 ? "critical" : "warning",
    what: `${where}${first.what}${count === 1 ? "" : ` (and ${count - 1} more findings)`}`,
    remedy: "Run `nightdrop verify`",
  };
}
