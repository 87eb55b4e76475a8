import type { Cost } from "../provisioning/cost.ts";
import { printable } from "../model/printable.ts";
import {
  type KeyStep,
  type Provisioned,
  type SettingState,
  type Step,
  undone,
} from "../provisioning/provision.ts";
import { formatBytes } from "./format.ts";
import type { Output } from "./output.ts";

const SETTING: Readonly<Record<SettingState["state"], string>> = {
  good: "good",
  missing: "missing",
  different: "differs",
  lacking: "no support",
  "by-hand": "by hand",
};

const KEY: Readonly<Record<KeyStep["state"], string>> = {
  good: "good",
  missing: "to do",
  made: "made",
  removed: "removed",
  "by-hand": "by hand",
};

/** Returns the line for one step of the plan, or for its result. */
export function stepLine({ name, wanted, before, made }: Step): string {
  return line(made ? "made" : SETTING[before.state], `${name}: ${wanted}${more(before, made)}`);
}

function more(before: SettingState, made: boolean): string {
  if (before.state === "different") return `; ${made ? "was" : "is"}: ${printable(before.found)}`;
  if (before.state === "lacking") return `; not supported by this provider: ${before.open}`;
  return before.state === "by-hand" ? `; ${before.todo}` : "";
}

/** Whether a user has a key whose secret is in its file. */
export function hasKey(keys: readonly KeyStep[]): boolean {
  return keys.some(({ state }) => state === "made" || state === "good");
}

/** Returns the lines for a key, and for the commands of its step; with `show`, the secret too. */
export function keyLines({ state, text, key, commands = [] }: KeyStep, show: boolean): string[] {
  const secret = show && key
    ? [`aws_access_key_id = ${key.id}`, `aws_secret_access_key = ${key.secret.reveal()}`]
    : [];
  return [line(KEY[state], `key: ${text}`), ...secret, ...commands];
}

/** Returns a line that begins with the word for a state. */
export function line(word: string, text: string): string {
  return `${word.padEnd(8)} ${text}`;
}

/** Returns the lines for the cost of a month, and its warnings. */
export function costLines(
  { dollars, storageClass, daily, storedBytes, billedDays, prices, warnings }: Cost,
): string[] {
  const amount = dollars === undefined
    ? `no known price for ${storageClass} in this region`
    : `${dollars.toFixed(2)} US dollars a month`;
  const basis =
    `${formatBytes(daily.bytes)} a day in ${storageClass}, ${
      formatBytes(storedBytes)
    } in total, billed for ` +
    `${billedDays} days, ${daily.basis}`;
  return [
    line("cost", `${amount}: ${basis} (${prices})`),
    ...warnings.map((it) => line("warning", it)),
  ];
}

/** Returns the summary line of a host. */
export function summary(done: Provisioned): string {
  return `${done.host}: ${done.bucket}: ${countLine(done)}`;
}

/** Returns the line that names the changed files of the kit; none if it is as it was. */
export function kitLine({ kit }: Pick<Provisioned, "kit">): string[] {
  return kit.length === 0 ? [] : [`kit: wrote ${kit.join(", ")}`];
}

/** Returns how many settings and keys were changed, must be, or cannot be. */
export function countLine(done: Pick<Provisioned, "steps" | "keys">): string {
  const { toMake, byHand } = undone(done);
  const made = done.steps.filter((it) => it.made).length +
    done.keys.filter(({ state }) => state === "made" || state === "removed").length;
  const lacking = done.steps.filter(({ before }) => before.state === "lacking").length;
  const parts = [
    ...(made > 0 ? [`${made} done`] : []),
    ...(toMake > 0 ? [`${toMake} to do`] : []),
    ...(byHand > 0 ? [`${byHand} by hand`] : []),
    ...(lacking > 0 ? [`${lacking} not supported by the provider`] : []),
  ];
  return parts.length === 0 ? "no change" : parts.join(", ");
}

/** Says what is left to do. */
export function noteUndone(output: Output, done: Pick<Provisioned, "steps" | "keys">, apply: boolean): void {
  if (!apply && undone(done).toMake > 0) output.say("No change was made: add --apply to make the changes");
  if (apply && done.steps.some(({ before }) => before.state === "by-hand")) {
    output.warn('Set-up is incomplete: do the steps marked "by hand", then run provision again');
  }
}
