import * as v from "valibot";
import { isInstant } from "../model/instant.ts";

/** Schema of a time: `2026-11-28T05:00:00.000Z`. */
export const instantSchema = v.pipe(v.string(), v.check(isInstant, "must be a time"));

/** Schema of a number of things. */
export const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
