import { setTimeout as delay } from "node:timers/promises";
import { Failure } from "../../model/failure.ts";
import type { SettingState, VaultSetting } from "./setting.ts";

/** Setting of a vault as it was found, before it was made. */
export interface Step {
  /** Name, such as "versioning". */
  readonly name: string;
  /** State that is wanted, in words. */
  readonly wanted: string;
  /** State that was found. */
  readonly before: SettingState;
  /** Whether this run made or changed it. */
  readonly made: boolean;
}

/**
 * Milliseconds to wait before each attempt to read a change back. Amazon's servers need time until they
 * agree.
 */
const READ_BACK: readonly number[] = [0, 300, 1000, 3000, 5000];

/** Reads the state of a setting. */
export async function look(setting: VaultSetting): Promise<Step> {
  return step(setting, await setting.look());
}

/** Reads the states of several settings at the same time. */
export function lookAll(settings: readonly VaultSetting[]): Promise<Step[]> {
  return settled(settings.map(look));
}

/**
 * Waits until all promises have settled, so that no request goes on after a failure.
 *
 * @throws The error of the first one that failed.
 */
export async function settled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}

/**
 * Makes settings in order. After a setting that the owner must make by hand, those that depend on it wait.
 */
export async function makeAll(
  settings: readonly VaultSetting[],
  each: (step: Step) => void,
): Promise<Step[]> {
  const steps: Step[] = [];
  for (const it of settings) {
    const barred = steps.some(({ before }) => before.state === "by-hand");
    const done = barred ? step(it, { state: "by-hand", todo: "comes after that" }) : await makeOne(it);
    steps.push(done);
    each(done);
  }
  return steps;
}

async function makeOne(setting: VaultSetting): Promise<Step> {
  const before = await setting.look();
  if (before.state !== "missing" && before.state !== "different") return step(setting, before);
  const refused = await setting.make();
  if (refused) return step(setting, refused);
  await readBack(setting);
  return step(setting, before, true);
}

async function readBack(setting: VaultSetting): Promise<void> {
  let found: SettingState | undefined;
  for (const wait of READ_BACK) {
    await delay(wait);
    found = await setting.look();
    if (found.state === "good") return;
  }
  const what = found?.state === "different" ? found.found : found?.state;
  throw new Failure(`${setting.name}: it was set, but the provider does not return it (${what})`, {
    hint:
      "Run `nightdrop provision` again: it continues. If this repeats, the provider does not store the setting",
  });
}

/** Returns the step of a setting that was found in this state. */
export function step({ name, wanted }: VaultSetting, before: SettingState, made = false): Step {
  return { name, wanted, before, made };
}
