/**
 * The text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/).
 *
 * @module
 */

/** Gauge with its series. */
export interface Metric {
  readonly name: string;
  /** One sentence, on one line. */
  readonly help: string;
  /** Samples. A metric without samples is omitted. */
  readonly samples: readonly Sample[];
}

/** Series of a metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Returns metrics as text. */
export function exposition(metrics: readonly Metric[]): string {
  return metrics.map(print).join("");
}

function print({ name, help, samples }: Metric): string {
  if (samples.length === 0) return "";
  const lines = samples.map(({ labels, value }) => `${name}${printLabels(labels)} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines].join("\n") + "\n";
}

function printLabels(labels: Readonly<Record<string, string>>): string {
  const written = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return written.length === 0 ? "" : `{${written.join(",")}}`;
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (it) => it === "\n" ? "\\n" : `\\${it}`);
}
