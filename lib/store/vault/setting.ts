import { isDeepStrictEqual } from "node:util";
import { isUnknownThere, ownerError } from "./answers.ts";

/** One thing that a vault consists of: it can be looked at, and made as it is to be. */
export interface VaultSetting {
  /** Such as "versioning". */
  readonly name: string;
  /** What is wanted, in words. */
  readonly wanted: string;
  /** How it stands. Changes nothing. */
  look(): Promise<SettingState>;
  /** Makes it as wanted, whether it is there or not. Gives how it stands where it turns out that it cannot be made. */
  make(): Promise<SettingState | void>;
}

/** How a piece stands. */
export type SettingState =
  /** As it is to be. */
  | { readonly state: "good" }
  /** Not there. */
  | { readonly state: "missing" }
  /** There, but other than wanted. */
  | { readonly state: "different"; readonly found: string }
  /** The provider does not have it. */
  | { readonly state: "lacking"; readonly open: string }
  /** The provider has it, and only the owner himself can make it. */
  | { readonly state: "by-hand"; readonly todo: string };

/** A piece that is one value at the provider. */
export interface ValueSetting<T> {
  readonly name: string;
  readonly wanted: string;
  readonly value: T;
  /** What is there; undefined for nothing, `lacking` where the provider has no such setting. */
  read(): Promise<T | undefined | typeof LACKING>;
  write(): Promise<void>;
  /** What is open where the provider lacks it. */
  readonly open: string;
}

/** What {@link ValueSetting.read} gives where there is nothing to be read. */
export const LACKING: unique symbol = Symbol("lacking");

/** The piece that a setting is. */
export function valueSetting<T>(setting: ValueSetting<T>): VaultSetting {
  return {
    name: setting.name,
    wanted: setting.wanted,
    async make(): Promise<SettingState | void> {
      try {
        await setting.write();
      } catch (error) {
        if (isUnknownThere(error)) return { state: "lacking", open: setting.open };
        throw error;
      }
    },
    async look(): Promise<SettingState> {
      const found = await setting.read();
      if (found === LACKING) return { state: "lacking", open: setting.open };
      if (found === undefined) return { state: "missing" };
      if (same(found, setting.value)) return { state: "good" };
      return { state: "different", found: typeof found === "string" ? found : JSON.stringify(found) };
    },
  };
}

/** A piece whose errors say what was being done. */
export function describeState(place: string, it: VaultSetting): VaultSetting {
  const reported = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw ownerError(error, `${place}: ${it.name}`);
    }
  };
  return { ...it, look: () => reported(it.look), make: () => reported(it.make) };
}

/** Whether two values say the same in JSON; the order in lists does not matter, nor whether one thing is a list. */
export function same(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(canonical(one), canonical(other));
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    if (value.length === 1) return canonical(value[0]);
    return value.map((it) => JSON.stringify(canonical(it))).sort();
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, it]) => it !== undefined);
  return Object.fromEntries(entries.map(([key, it]) => [key, canonical(it)]).sort());
}
