/**
 * Years of made-up days: whatever happens to a host, every snapshot can be restored exactly for as long as was promised.
 * `deno task soak` lives through two thousand lives of a year.
 */
import fc from "fast-check";
import { INCIDENTS } from "../../scripts/simulate/incidents.ts";
import { live, type Scenario } from "../../scripts/simulate/scenario.ts";
import { withDirectory } from "../support/directory.ts";

const SOAK = Deno.env.has("NIGHTDROP_SOAK");

const SCENARIO: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(),
  days: SOAK ? fc.constant(365) : fc.integer({ min: 1, max: 120 }),
  kind: fc.constantFrom("directory", "bucket"),
  retention: fc.record({
    days: fc.integer({ min: 1, max: 100 }),
    refreshDays: fc.integer({ min: 1, max: 45 }),
  }),
  churn: fc.constantFrom(0, 1, 3, 10),
  missed: fc.constantFrom(0, 0.1, 0.5, 0.9),
  broken: fc.constantFrom(0, 0.01, 0.1, 0.3),
  incidents: fc.subarray(INCIDENTS.map(({ name }) => name)),
  trouble: fc.constantFrom(0, 0.02, 0.1, 0.3),
});

Deno.test("every snapshot of every life is restored exactly until its days are over", () =>
  withDirectory(async (directory) => {
    let file = 0;
    await fc.assert(
      fc.asyncProperty(SCENARIO, async (scenario) => void await live(scenario, `${directory}/${file++}`)),
      { numRuns: SOAK ? 2000 : 40 },
    );
  }));
