import { Dice } from "../simulate/dice.ts";
import { mutated } from "./mutate.ts";
import type { Target } from "./target.ts";

/** Limits of one input. */
const MAX_MS = 2000;
const MAX_GROWTH = 300 * 2 ** 20;

/** Maximum number of inputs in the corpus. */
const MAX_CORPUS = 500;

/** Input that breaks a decoder. */
export interface FuzzFinding {
  readonly input: Uint8Array;
  readonly what: string;
}

/** Result of fuzzing a decoder. */
export interface Fuzzed {
  readonly executions: number;
  readonly seconds: number;
  /** Number of accepted inputs. */
  readonly taken: number;
  /** Number of different reasons for refusals. An input with a new reason is kept and mutated further. */
  readonly refusals: number;
  readonly findings: readonly FuzzFinding[];
}

/** Fuzzes a decoder for some seconds. The same seed gives the same inputs. */
export async function fuzz(target: Target, seed: number, seconds: number): Promise<Fuzzed> {
  const dice = new Dice(seed);
  const samples = await target.samples();
  const corpus = [...samples];
  const seen = new Set<string>();
  const findings = new Map<string, FuzzFinding>();
  const begun = performance.now();
  let [executions, taken] = [0, 0];
  for (const sample of samples) {
    const outcome = await outcomeOf(target, sample);
    if (outcome.kind !== "taken") {
      findings.set("sample", { input: sample, what: `a good input: ${outcome.what}` });
    }
  }
  while (performance.now() - begun < seconds * 1000) {
    const from = dice.pick(corpus);
    const isMade = target.make !== undefined && dice.chance(0.5);
    const input = isMade
      ? target.make!(from, dice)
      : mutated(from, dice.pick(corpus), target.words ?? [], dice);
    const outcome = await outcomeOf(target, input);
    executions += 1;
    if (outcome.kind === "taken") taken += 1;
    if (outcome.kind === "broken") findings.set(outcome.sign, { input, what: outcome.what });
    if (outcome.kind === "broken" || seen.has(outcome.sign)) continue;
    seen.add(outcome.sign);
    if (corpus.length < MAX_CORPUS) corpus.push(input);
  }
  return {
    executions,
    taken,
    seconds: (performance.now() - begun) / 1000,
    refusals: seen.size,
    findings: [...findings.values()],
  };
}

/** Result of one input. */
export interface Outcome {
  readonly kind: "taken" | "refused" | "broken";
  readonly what: string;
  /** Key of the result; equal for similar results. */
  readonly sign: string;
}

/** Runs a decoder once. A slow or large run is repeated, because a busy machine may be the reason. */
export async function outcomeOf(target: Target, input: Uint8Array): Promise<Outcome> {
  const first = await measured(target, input);
  return first.sign === SLOW || first.sign === LARGE ? await measured(target, input) : first;
}

const SLOW = "slow";
const LARGE = "large";

async function measured(target: Target, input: Uint8Array): Promise<Outcome> {
  const [begun, before] = [performance.now(), Deno.memoryUsage().rss];
  const outcome = await decoded(target, input);
  const ms = performance.now() - begun;
  const grown = Deno.memoryUsage().rss - before;
  if (ms > MAX_MS) return { kind: "broken", what: `it took ${Math.round(ms)} ms`, sign: SLOW };
  if (grown > MAX_GROWTH) {
    return { kind: "broken", what: `it took ${Math.round(grown / 2 ** 20)} MiB`, sign: LARGE };
  }
  return outcome;
}

async function decoded(target: Target, input: Uint8Array): Promise<Outcome> {
  try {
    await target.run(input);
    return { kind: "taken", what: "", sign: "taken" };
  } catch (error) {
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const sign = signOf(what);
    if (target.refuses(error)) return { kind: "refused", what, sign };
    return { kind: "broken", what: (error instanceof Error && error.stack) || what, sign };
  }
}

/** Returns a message without the parts that depend on the input. */
function signOf(message: string): string {
  return message.slice(0, 300).replace(/"[^"]*"/g, '""').replace(/\b[0-9a-f]{6,}\b|\d+/g, "0").slice(0, 120);
}
