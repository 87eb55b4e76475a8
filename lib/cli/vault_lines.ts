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

const STANDING: Readonly<Record<SettingState["state"], string>> = {
  good: "good",
  missing: "to make",
  different: "differs",
  lacking: "lacking",
  "by-hand": "by hand",
};

const KEY: Readonly<Record<KeyStep["state"], string>> = {
  good: "good",
  missing: "to do",
  made: "made",
  removed: "removed",
  "by-hand": "by hand",
};

/** One step of a plan, or of what came of it, for people. */
export function stepLine({ name, wanted, standing, made }: Step): string {
  return line(made ? "made" : STANDING[standing.state], `${name}: ${wanted}${more(standing, made)}`);
}

function more(standing: SettingState, made: boolean): string {
  if (standing.state === "different") return `; ${made ? "was" : "is"}: ${printable(standing.found)}`;
  if (standing.state === "lacking") return `; not to be had there: ${standing.open}`;
  return standing.state === "by-hand" ? `; ${standing.todo}` : "";
}

/** How the key stands; the secret only where it was asked for. */
export function keyLines({ state, text, key }: KeyStep, show: boolean): string[] {
  const secret = show && key
    ? [`aws_access_key_id = ${key.id}`, `aws_secret_access_key = ${key.secret.reveal()}`]
    : [];
  return [line(KEY[state], `key: ${text}`), ...secret];
}

function line(word: string, text: string): string {
  return `${word.padEnd(8)} ${text}`;
}

/** What a month costs, and what to think of. */
export function costLines(
  { dollars, storageClass, daily, storedBytes, billedDays, prices, warnings }: Cost,
): string[] {
  const amount = dollars === undefined
    ? `no price is known for ${storageClass} in this region`
    : `${dollars.toFixed(2)} US dollars a month`;
  const basis =
    `${formatBytes(daily.bytes)} a day in ${storageClass}, ${formatBytes(storedBytes)} in all, billed for ` +
    `${billedDays} days, ${daily.basis}`;
  return [
    line("cost", `${amount}: ${basis} (${prices})`),
    ...warnings.map((it) => line("warning", it)),
  ];
}

/** One line for a host. */
export function summary(done: Provisioned): string {
  const { toMake, byHand } = undone(done);
  const made = done.steps.filter((it) => it.made).length +
    done.keys.filter(({ state }) => state === "made" || state === "removed").length;
  const lacking = done.steps.filter(({ standing }) => standing.state === "lacking").length;
  const parts = [
    ...(made > 0 ? [`${made} made`] : []),
    ...(toMake > 0 ? [`${toMake} to make`] : []),
    ...(byHand > 0 ? [`${byHand} by hand`] : []),
    ...(lacking > 0 ? [`${lacking} that the provider lacks`] : []),
  ];
  return `${done.host}: ${done.bucket}: ${parts.length === 0 ? "no change" : parts.join(", ")}`;
}
