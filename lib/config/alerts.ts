/** Thresholds of an alert: for a warning and for a critical alert. */
export interface Threshold {
  /** Value from which the alert is a warning. */
  readonly warning: number;
  /** Value from which the alert is critical. */
  readonly critical: number;
}

/** Thresholds for an unusual amount of sent data, and for data that looks encrypted. */
export interface ChurnThreshold {
  /** Multiple of the usual share of sent entries. */
  readonly times: number;
  /** Minimum share of all entries, from 0 to 1. */
  readonly share: number;
  /** Ratio of stored bytes to plain bytes from which the data looks encrypted. */
  readonly sealed: number;
  /** Minimum difference of that ratio to its usual value. */
  readonly above: number;
}

/** Alert rules of `status`. `false` disables a rule. */
export interface Alerts {
  /** Age of the last complete snapshot, as a multiple of the interval at which one is due. */
  readonly age: Threshold | false;
  /** Number of incomplete snapshots in a row. */
  readonly incomplete: Threshold | false;
  /** Number of entries as a share of the usual number: lower values are reported. */
  readonly entries: Threshold | false;
  /** Bytes of content as a share of the usual number: lower values are reported. */
  readonly bytes: Threshold | false;
  /** Share of the entries that the last run sent. */
  readonly churn: ChurnThreshold | false;
  /** Duration of the last run as a multiple of the usual duration. */
  readonly duration: { readonly warning: number } | false;
  /** Days since the content was last read by `verify`. */
  readonly verified: Threshold | false;
  /** Days since a drill last passed. */
  readonly drilled: Threshold | false;
  /** Days since a snapshot was stored that a mirror lacks. */
  readonly mirrored: Threshold | false;
  /** Days before a recipient key expires. */
  readonly recipient: { readonly warning: number } | false;
  /** Whether the last snapshot must be encrypted to exactly the recipients of the config. */
  readonly sealedTo: boolean;
  /** Whether a signing key that the config does not pin is reported. */
  readonly signer: boolean;
}

/** Alert rules in the config. Omitted rules and values have their defaults, `true` is the default. */
export type AlertsConfig = {
  readonly [Rule in keyof Alerts]?: Partial<Exclude<Alerts[Rule], boolean>> | boolean;
};

/** Interval of snapshots, in the config. */
export interface ExpectConfig {
  /** Interval at which a complete snapshot is due, such as `"1 d"`. Default: the median of the last 14 gaps. */
  readonly every?: string;
}

/** Interval of snapshots. */
export interface Expect {
  /** Interval between complete snapshots in milliseconds; undefined for the usual interval. */
  readonly every: number | undefined;
}

/** Default alert rules. */
export const DEFAULT_ALERTS = {
  age: { warning: 1.25, critical: 2 },
  incomplete: { warning: 1, critical: 3 },
  entries: { warning: 0.7, critical: 0.5 },
  bytes: { warning: 0.7, critical: 0.5 },
  churn: { times: 5, share: 0.2, sealed: 0.95, above: 0.25 },
  duration: { warning: 3 },
  verified: { warning: 7, critical: 30 },
  drilled: { warning: 35, critical: 100 },
  mirrored: { warning: 2, critical: 7 },
  recipient: { warning: 30 },
  sealedTo: true,
  signer: true,
} satisfies Alerts;
