import type { Host, Store } from "./types.ts";

/** Returns the names of the environment variables with the credentials of stores. */
export function storeVariables(stores: readonly Store[]): string[] {
  return stores.flatMap((store) => {
    if (store.kind !== "s3" || !("env" in store.credentials)) return [];
    const { env } = store.credentials;
    return [`${env}_ACCESS_KEY_ID`, `${env}_SECRET_ACCESS_KEY`, `${env}_SESSION_TOKEN`];
  });
}

/** Returns the names of the environment variables that hold secrets of a host, according to its config. */
export function secretVariables({ store, notify, environment }: Host): string[] {
  const urls = [notify.ping, notify.webhook].flatMap((it) => it !== undefined && "env" in it ? [it.env] : []);
  const passed = Object.values(environment).flatMap((it) => typeof it === "string" ? [] : [it.env]);
  return [...storeVariables([store]), ...urls, ...passed];
}
