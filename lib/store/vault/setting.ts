import { isDeepStrictEqual } from "node:util";
import { isUnknownThere, ownerError } from "./answers.ts";

/** Setting of a vault: it can be read, and made as wanted. */
export interface VaultSetting {
  /** Name, such as "versioning". */
  readonly name: string;
  /** State that is wanted, in words. */
  readonly wanted: string;
  /** Reads the state of the setting. It changes nothing. */
  look(): Promise<SettingState>;
  /**
   * Makes the setting as wanted, whether it exists or not. Returns the state if it turns out that it cannot
   * be made.
   */
  make(): Promise<SettingState | void>;
}

/** State of a setting. */
export type SettingState =
  /** As wanted. */
  | { readonly state: "good" }
  /** Does not exist. */
  | { readonly state: "missing" }
  /** Exists, but differs from what is wanted. */
  | { readonly state: "different"; readonly found: string }
  /** Not supported by the provider. */
  | { readonly state: "lacking"; readonly open: string }
  /** Supported by the provider, but only the owner can make it. */
  | { readonly state: "by-hand"; readonly todo: string };

/** Setting that is one value at the provider. */
export interface ValueSetting<T> {
  readonly name: string;
  readonly wanted: string;
  readonly value: T;
  /** Reads the value; undefined if there is none, `LACKING` if the provider does not support the setting. */
  read(): Promise<T | undefined | typeof LACKING>;
  write(): Promise<void>;
  /** Consequence if the provider does not support it. */
  readonly open: string;
}

/** Result of {@link ValueSetting.read} for a setting that the provider does not support. */
export const LACKING: unique symbol = Symbol("lacking");

/** Returns the {@link VaultSetting} for a setting that is one value. */
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

/** Returns the setting with errors that state what was being done. */
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

/**
 * Whether two values are the same in JSON. The order of lists does not matter, nor whether a single value is
 * a list.
 */
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
