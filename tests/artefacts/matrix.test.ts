/**
 * Every artefact, with every kind of store, in every command: in its sandbox, with two jobs, from a directory of the
 * user's. A sample of it is run here, all of it by `deno task soak`. What was run is in `dist/matrix.md`,
 * as a table.
 */
import { rgwTest } from "../support/rgw.ts";
import { ROOT } from "../../scripts/build/run.ts";
import { type Artefact, ARTEFACTS } from "./artefacts.ts";
import { type StoreKind, STORES, withDesk } from "./desk.ts";
import { type Outcome, type Step, STEPS, take } from "./journey.ts";

const ALL = Deno.env.has("NIGHTDROP_SOAK");

/** What every run of the tests tries: each artefact by TLS with an authority of our own, some by a proxy; one in a directory. */
const SAMPLE: Readonly<Record<string, readonly string[]>> = {
  "clone": ["https"],
  "script": ["https by proxy"],
  "package": ["directory", "https"],
  "standalone": ["https"],
  "standalone for one host": ["https by proxy"],
  "compiled graph": ["https"],
};

const rows: string[] = [];
let number = 0;

for (const artefact of ARTEFACTS) {
  for (const store of STORES.filter(({ name }) => ALL || SAMPLE[artefact.name]!.includes(name))) {
    rgwTest(
      `${artefact.name} runs every command with a store of kind ${store.name}`,
      (rgw, t) =>
        withDesk(store, `web${++number}.example.org`, rgw, async (desk) => {
          const run = await artefact.prepare(desk);
          const outcomes: Outcome[] = [];
          for (const step of STEPS.filter((step) => !isSkipped(step, artefact))) {
            await t.step(step.name, async () => {
              const env = { ...desk.environment, ...desk.credentials[step.role] };
              outcomes.push(await take(step, desk, (words) => run(words, env), store.endpoint === undefined));
            });
          }
          rows.push(row(artefact, store, outcomes));
          writeTable();
        }),
    );
  }
}

/** Writes what has been tried so far. */
function writeTable(): void {
  const head = ["artefact", "store", ...STEPS.map(({ name }) => name)];
  const lines = [head.join(" | "), head.map(() => "---").join(" | "), ...rows];
  Deno.mkdirSync(`${ROOT}/dist`, { recursive: true });
  Deno.writeTextFileSync(`${ROOT}/dist/matrix.md`, lines.map((line) => `| ${line} |\n`).join(""));
}

function row(artefact: Artefact, store: StoreKind, outcomes: readonly Outcome[]): string {
  const cells = STEPS.map((step) => {
    const outcome = outcomes.find((it) => it.step === step.name);
    if (outcome === undefined) return isSkipped(step, artefact) ? "–" : "FAILED";
    return outcome.refused ? "refused" : `ok ${outcome.seconds.toFixed(1)} s`;
  });
  return [artefact.name, store.name, ...cells].join(" | ");
}

function isSkipped({ program }: Step, { incomplete }: Artefact): boolean {
  return (program && incomplete) ?? false;
}
