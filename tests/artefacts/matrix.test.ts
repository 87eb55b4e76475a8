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

/** Steps of the commands whose permissions an executable for one host contains, with a restore of what was sent. */
const SENT = [
  "provision",
  "provision reader",
  "dry run",
  "backup",
  "incremental",
  "list",
  "restore",
  "cron",
  "upload",
];
/** Steps that a directory refuses, and one way through it. */
const DIRECTORY = [
  ...STEPS.filter(({ directory }) => directory !== undefined).map(({ name }) => name),
  "backup",
  "incremental",
  "restore",
];

/** Row of the matrix: an artefact with a store, in all steps or some. */
type Row = readonly [artefact: string, store: string, steps?: readonly string[]];

/**
 * What every run of the tests tries: each artefact by TLS with an authority of our own, some by a proxy; one in a
 * directory. The executables for one host contain the same code as the script: they run what is their own.
 */
const SAMPLE: readonly Row[] = [
  ["clone", "https"],
  ["script", "https by proxy"],
  ["package", "directory", DIRECTORY],
  ["package", "https"],
  ["standalone", "https"],
  ["standalone for one host", "https by proxy", SENT],
  ["compiled graph", "https", SENT],
];

const rows: string[] = [];
let number = 0;

for (const artefact of ARTEFACTS) {
  for (const store of STORES) {
    const row = SAMPLE.find(([name, kind]) => name === artefact.name && kind === store.name);
    if (row !== undefined || ALL) matrixTest(artefact, store, ALL ? undefined : row?.[2]);
  }
}

function matrixTest(artefact: Artefact, store: StoreKind, names: readonly string[] | undefined): void {
  const steps = STEPS.filter(({ name, program }) =>
    (names?.includes(name) ?? true) && !(program && artefact.incomplete)
  );
  const commands = names === undefined ? "every command" : "its own commands";
  rgwTest(
    `${artefact.name} runs ${commands} with a store of kind ${store.name}`,
    (rgw, t) =>
      withDesk(store, `web${++number}.example.org`, rgw, async (desk) => {
        const run = await artefact.prepare(desk);
        const outcomes: Outcome[] = [];
        for (const step of steps) {
          await t.step(step.name, async () => {
            const env = { ...desk.environment, ...desk.credentials[step.role] };
            outcomes.push(await take(step, desk, (words) => run(words, env), store.endpoint === undefined));
          });
        }
        rows.push(row(artefact, store, steps, outcomes));
        writeTable();
      }),
  );
}

/** Writes what has been tried so far. */
function writeTable(): void {
  const head = ["artefact", "store", ...STEPS.map(({ name }) => name)];
  const lines = [head.join(" | "), head.map(() => "---").join(" | "), ...rows];
  Deno.mkdirSync(`${ROOT}/dist`, { recursive: true });
  Deno.writeTextFileSync(`${ROOT}/dist/matrix.md`, lines.map((line) => `| ${line} |\n`).join(""));
}

function row(
  artefact: Artefact,
  store: StoreKind,
  taken: readonly Step[],
  outcomes: readonly Outcome[],
): string {
  const cells = STEPS.map((step) => {
    if (!taken.includes(step)) return "–";
    const outcome = outcomes.find((it) => it.step === step.name);
    if (outcome === undefined) return "FAILED";
    return outcome.refused ? "refused" : `ok ${outcome.seconds.toFixed(1)} s`;
  });
  return [artefact.name, store.name, ...cells].join(" | ");
}
