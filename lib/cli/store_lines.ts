import type { Step } from "../provisioning/provision.ts";
import type { ProvisionedWriter } from "../provisioning/writing.ts";
import { formatNumber } from "./format.ts";
import { line, stepLine } from "./vault_lines.ts";

/**
 * Returns the lines of the settings of a store. Those of a single bucket have a line each. Of several buckets, the settings that
 * were made or are missing have one line a bucket, those that the provider does not support one line for all buckets, and those
 * that are good are counted.
 */
export function storeLines({ steps, buckets }: Pick<ProvisionedWriter, "steps" | "buckets">): string[] {
  if (buckets.length <= 1) return steps.map((it) => stepLine(it));
  const ofBuckets = steps.filter(({ name }) => name.includes(SEPARATOR));
  const others = steps.filter(({ name }) => !name.includes(SEPARATOR));
  const good = ofBuckets.filter(({ before }) => before.state === "good").length;
  return [
    ...Map.groupBy(ofBuckets, ({ name }) => name.split(SEPARATOR)[0]!).entries().flatMap(([bucket, own]) =>
      bucketLines(bucket, own)
    ),
    ...lackingLines(ofBuckets),
    ...(good === 0
      ? []
      : [line("good", formatNumber(good, "setting of the buckets", "settings of the buckets"))]),
    ...others.map((it) => stepLine(it)),
  ];
}

/** Text between the name of a bucket, which has no such text, and that of its setting. */
const SEPARATOR = ": ";

function bucketLines(bucket: string, steps: readonly Step[]): string[] {
  const fresh = steps.filter(({ before }) => before.state === "missing");
  const changed = steps.filter(({ before }) => before.state === "different" || before.state === "by-hand");
  const named = (word: string, found: readonly Step[]): string[] =>
    found.length === 0 ? [] : [line(word, `${bucket}: ${found.map(settingOf).join(", ")}`)];
  return [
    ...named("made", fresh.filter(({ made }) => made)),
    ...named("missing", fresh.filter(({ made }) => !made)),
    ...changed.map((it) => stepLine(it)),
  ];
}

function lackingLines(steps: readonly Step[]): string[] {
  const lacking = steps.filter(({ before }) => before.state === "lacking");
  return [...new Set(lacking.map((it) => stepLine({ ...it, name: settingOf(it) })))];
}

function settingOf({ name }: Step): string {
  return name.slice(name.indexOf(SEPARATOR) + SEPARATOR.length);
}
