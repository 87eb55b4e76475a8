/**
 * Years of made-up days: whatever happens to a host, every snapshot can be restored exactly for as long as was promised.
 * `deno task soak` lives through a thousand lives of three years.
 */
import fc from "property";
import { live, type Scenario } from "../../scripts/simulate/scenario.ts";
import { withFolder } from "../support/folder.ts";

const SOAK = Deno.env.has("NIGHTDROP_SOAK");

const CHANCE = fc.constantFrom(0, 0.01, 0.1, 0.3);

const SCENARIO: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(),
  days: SOAK ? fc.constant(3 * 365) : fc.integer({ min: 1, max: 120 }),
  retention: fc.record({
    days: fc.integer({ min: 1, max: 100 }),
    refreshDays: fc.integer({ min: 1, max: 45 }),
  }),
  churn: fc.constantFrom(0, 1, 3, 10),
  missed: fc.constantFrom(0, 0.1, 0.5, 0.9),
  broken: CHANCE,
  lost: fc.constantFrom(0, 0.01),
  jump: fc.constantFrom(0, 0.01, 0.1),
  settings: fc.constantFrom(0, 0.01, 0.05),
});

Deno.test("every snapshot of every life is restored exactly until its days are over", () =>
  withFolder((folder) => {
    let file = 0;
    fc.assert(fc.property(SCENARIO, (scenario) => void live(scenario, `${folder}/${file++}`)), {
      numRuns: SOAK ? 1000 : 25,
    });
    return Promise.resolve();
  }));
