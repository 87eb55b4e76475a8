import * as v from "valibot";
import { DAY_MS } from "../model/day.ts";
import { type Alerts, DEFAULT_ALERTS, type Expect } from "./alerts.ts";
import { parseDuration } from "./duration.ts";
import { shape, textSchema } from "./fields.ts";

/** Maximum interval: a backup less often than once a year is useless. */
const MAX_INTERVAL_MS = 366 * DAY_MS;

const interval = v.pipe(
  textSchema,
  v.check(
    (it) => parseDuration(it, MAX_INTERVAL_MS) > 0,
    ({ input }) => `must be a duration, got ${JSON.stringify(input)}`,
  ),
  v.transform((it) => parseDuration(it, MAX_INTERVAL_MS)),
);

/** Schema of `expect`. */
export const expectSchema: v.GenericSchema<unknown, Expect> = v.pipe(
  shape({ every: v.optional(interval) }),
  v.transform(({ every }): Expect => ({ every })),
);

const number = v.pipe(v.number(), v.finite(), v.minValue(0));

const flag = v.optional(v.boolean(), true);

/** Returns the schema of a rule: `false` disables it, `true` means its defaults, an object overrides some of them. */
function rule<Values extends object>(defaults: Values): v.GenericSchema<unknown, Values | false> {
  const keys = Object.entries(defaults).map(([key, value]) => [key, v.optional(number, value)]);
  const overridden = shape(Object.fromEntries(keys)) as unknown as v.GenericSchema<unknown, Values>;
  const switched = v.pipe(v.boolean(), v.transform((on): Values | false => on && defaults));
  return v.lazy((it): v.GenericSchema<unknown, Values | false> =>
    typeof it === "boolean" ? switched : overridden
  );
}

/** Schema of `alerts`. */
export const alertsSchema: v.GenericSchema<unknown, Alerts> = shape({
  age: v.optional(rule(DEFAULT_ALERTS.age), true),
  incomplete: v.optional(rule(DEFAULT_ALERTS.incomplete), true),
  entries: v.optional(rule(DEFAULT_ALERTS.entries), true),
  bytes: v.optional(rule(DEFAULT_ALERTS.bytes), true),
  churn: v.optional(rule(DEFAULT_ALERTS.churn), true),
  duration: v.optional(rule(DEFAULT_ALERTS.duration), true),
  verified: v.optional(rule(DEFAULT_ALERTS.verified), true),
  drilled: v.optional(rule(DEFAULT_ALERTS.drilled), true),
  mirrored: v.optional(rule(DEFAULT_ALERTS.mirrored), true),
  recipient: v.optional(rule(DEFAULT_ALERTS.recipient), true),
  sealedTo: flag,
  signer: flag,
});
