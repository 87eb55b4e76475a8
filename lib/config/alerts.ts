/** A value from which something is worth a warning, and one from which it is critical. */
export interface Threshold {
  /** From here: a warning. */
  readonly warning: number;
  /** From here: critical. */
  readonly critical: number;
}

/** When much was sent, and when what was sent looks encrypted. */
export interface ChurnThreshold {
  /** Multiple of the usual part of the entries that is sent. */
  readonly times: number;
  /** Least part of all entries, from 0 to 1. */
  readonly share: number;
  /** Sealed bytes beside plain bytes from which it looks encrypted. */
  readonly sealed: number;
  /** How far above its usual value that ratio must be, too. */
  readonly above: number;
}

/** From when `status` reports something. `false` switches a rule off. */
export interface Alerts {
  /** Age of the last complete snapshot, as a multiple of the interval at which one is due. */
  readonly age: Threshold | false;
  /** Number of incomplete snapshots in a row. */
  readonly incomplete: Threshold | false;
  /** Entries as a part of what is usual: less is reported. */
  readonly entries: Threshold | false;
  /** Bytes of content as a part of what is usual: less is reported. */
  readonly bytes: Threshold | false;
  /** Part of the entries that the last run sent. */
  readonly churn: ChurnThreshold | false;
  /** Duration of the last run as a multiple of what is usual. */
  readonly duration: { readonly warning: number } | false;
  /** Days before a recipient key expires. */
  readonly recipient: { readonly warning: number } | false;
  /** Whether the last snapshot must be sealed to exactly the recipients of the config. */
  readonly sealedTo: boolean;
  /** Whether a signing key that the config does not pin is reported. */
  readonly signer: boolean;
}

/** Thresholds as the config has them: what is left out has its default, `true` is the default. */
export type AlertsConfig = {
  readonly [Rule in keyof Alerts]?: Partial<Exclude<Alerts[Rule], boolean>> | boolean;
};

/** When a snapshot is due. */
export interface ExpectConfig {
  /** How often a complete snapshot is due, such as `"1 d"`. Default: the median of the last 14 gaps. */
  readonly every?: string;
}

/** When a snapshot is due. */
export interface Expect {
  /** Milliseconds from one complete snapshot to the next; undefined for what is usual. */
  readonly every: number | undefined;
}

/** Thresholds where the config says nothing. */
export const DEFAULT_ALERTS = {
  age: { warning: 1.25, critical: 2 },
  incomplete: { warning: 1, critical: 3 },
  entries: { warning: 0.7, critical: 0.5 },
  bytes: { warning: 0.7, critical: 0.5 },
  churn: { times: 5, share: 0.2, sealed: 0.95, above: 0.25 },
  duration: { warning: 3 },
  recipient: { warning: 30 },
  sealedTo: true,
  signer: true,
} satisfies Alerts;
