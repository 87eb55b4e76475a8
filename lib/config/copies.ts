import type { CopyStore, Host, Mirror, Store } from "./types.ts";

/** Returns the store with the credentials that put objects there. */
export function puttingStore({ store, putCredentials }: CopyStore): Store {
  return store.kind === "directory" || putCredentials === undefined
    ? store
    : { ...store, credentials: putCredentials };
}

/** Returns a host as one of its copies has it. */
export function atStore(host: Host, store: Store): Host {
  return { ...host, store, mirrors: [], pins: undefined };
}

/** Returns all stores with copies of a host, with the credentials that read and those that put. */
export function copyStores(
  { mirrors, pins }: { readonly mirrors: readonly Mirror[]; readonly pins: CopyStore | undefined },
): Store[] {
  const copies: CopyStore[] = [...mirrors, ...(pins === undefined ? [] : [pins])];
  return copies.flatMap((it) => [it.store, puttingStore(it)]);
}
