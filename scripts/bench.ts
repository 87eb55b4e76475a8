/**
 * Measures speed, memory and size of nightdrop and of other backup programs: see docs/BENCHMARKS.md.
 *
 *     deno task bench [--runs N] [--directory DIR] [--tree DIR] [--files N] [--size SIZE] [--only TOOL,…] [--write FILE] [CASE…]
 */
import type { Bench } from "./bench/case.ts";
import { CASES } from "./bench/cases.ts";
import { withSection } from "./bench/document.ts";
import { describeMachine } from "./bench/machine.ts";
import { type Options, parseOptions } from "./bench/options.ts";
import { report } from "./bench/shell.ts";
import { missing } from "./bench/tools.ts";
import { taskArguments } from "./task.ts";
import { clearWorkshop, closeWorkshop, openWorkshop } from "./bench/workshop.ts";

async function main(options: Options): Promise<void> {
  const lacks = await missing(["time", "gpg", "tar", "zstd"]);
  if (lacks.length > 0) throw new Error(lacks.join("\n"));
  const directory = options.directory ?? await Deno.makeTempDir({ prefix: "nightdrop-bench-" });
  const workshop = await openWorkshop(directory);
  const interruption = new AbortController();
  // The running program gets the signal too, and fails.
  Deno.addSignalListener("SIGINT", () => interruption.abort(new Error("interrupted")));
  try {
    const bench = { ...options, workshop, signal: interruption.signal };
    for (const name of options.cases) await run(name, bench, options.write);
  } finally {
    await closeWorkshop(workshop);
    if (options.directory === undefined) await Deno.remove(directory, { recursive: true });
  }
}

/** Runs a case, prints its result, and writes it to the document at once, because the next case may fail. */
async function run(name: string, bench: Bench, document: string | undefined): Promise<void> {
  report(name);
  const outcome = await CASES[name]!(bench);
  await clearWorkshop(bench.workshop);
  const section = `### ${name}: ${outcome.title}\n\n${outcome.body}\n_${await describeMachine(
    bench.runs,
    new Date(),
  )}_\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(`${section}\n`));
  if (document === undefined) return;
  const text = await Deno.readTextFile(document);
  await Deno.writeTextFile(document, withSection(text, section, Object.keys(CASES)));
}

try {
  await main(parseOptions(taskArguments()));
} catch (error) {
  report(`bench: ${(error as Error).message}`);
  Deno.exit(1);
}
