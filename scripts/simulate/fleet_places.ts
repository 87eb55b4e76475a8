/** Stores of a simulated fleet: a directory, a bucket of a Ceph RGW on loopback, or memory. */
import { dirname } from "node:path/posix";
import type { Run } from "../../lib/app/events.ts";
import { openReader, openWriter, storeOf, type StoreReader } from "../../lib/app/stores.ts";
import type { Store } from "../../lib/config/types.ts";
import { snapshotTime } from "../../lib/model/snapshot.ts";
import { type StoredObject, StoreError } from "../../lib/store/contract.ts";
import { ADMIN, makeAdmin, makeBucket } from "../rgw/accounts.ts";
import { down, freePorts, up } from "../rgw/cluster.ts";
import type { FleetObject } from "./stored_fleet.ts";

/** Store of a fleet. */
export interface Place {
  readonly store: Store;
  put(object: FleetObject): Promise<unknown>;
  open(run: Run): Promise<StoreReader>;
  close(): void;
}

const BUCKET = {
  kind: "s3",
  bucket: "fleet",
  region: "us-east-1",
  endpoint: undefined,
  prefix: "",
  vault: undefined,
  storageClass: undefined,
  objectLock: undefined,
  credentials: { env: "FLEET" },
} as const satisfies Store;

/** Returns a new store of this kind. */
export async function placeOf(kind: string, directory: string): Promise<Place> {
  if (kind === "bucket") return await bucket(directory);
  return kind === "memory" ? memory() : await files(`${directory}/store`);
}

/** Time at which a snapshot's object is stored: some minutes after the snapshot began. */
function timeOf(name: string): Date {
  return new Date(snapshotTime(name.split("/")[1]!)!.getTime() + 60_000);
}

/** Written without the store's syncs, which would take hours. */
async function files(path: string): Promise<Place> {
  const store: Store = { kind: "directory", path };
  const { identity } = storeOf(store);
  if (typeof identity !== "string") await identity.begin(false);
  return {
    store,
    put({ name, bytes }): Promise<void> {
      const file = `${path}/${name}`;
      Deno.mkdirSync(dirname(file), { recursive: true });
      Deno.writeFileSync(file, bytes, { mode: 0o444 });
      Deno.utimeSync(file, timeOf(name), timeOf(name));
      return Promise.resolve();
    },
    open: (run) => openReader(store, () => undefined, run),
    close(): void {},
  };
}

async function bucket(directory: string): Promise<Place> {
  const at = `${directory}/rgw`;
  Deno.mkdirSync(at);
  const cluster = await up(at, freePorts());
  await makeAdmin(cluster);
  await makeBucket(cluster, BUCKET.bucket, "plain");
  const store = { ...BUCKET, endpoint: cluster.endpoint };
  const env = (name: string): string | undefined =>
    ({ FLEET_ACCESS_KEY_ID: ADMIN.accessKeyId, FLEET_SECRET_ACCESS_KEY: ADMIN.secretAccessKey })[name];
  const writing: Run = { report: () => {}, signal: new AbortController().signal, now: () => new Date() };
  const writer = await openWriter(store, env, writing);
  return {
    store,
    put: ({ name, bytes }) => writer.put(name, bytes),
    open: async (run) => dated(await openReader(store, env, run)),
    close(): void {
      writer.close();
      down(at);
    },
  };
}

/** The server's dates are all of today. */
function dated(reader: StoreReader): StoreReader {
  return {
    place: reader.place,
    async *list(prefix, options): AsyncGenerator<StoredObject> {
      for await (const object of reader.list(prefix, options)) {
        yield { ...object, storedAt: timeOf(object.name) };
      }
    },
    directories: (options) => reader.directories(options),
    get: (name, options) => reader.get(name, options),
    expiry: (options) => reader.expiry(options),
    close: () => reader.close(),
  };
}

function memory(): Place {
  /** By host, in the order in which they are stored, which is that of their names. */
  const hosts = new Map<string, Map<string, FleetObject>>();
  const hostOf = (name: string): string => name.slice(0, name.indexOf("/"));
  const reader: StoreReader = {
    place: "memory",
    async *list(prefix, { after = "" } = {}): AsyncGenerator<StoredObject> {
      for (const { name, bytes } of hosts.get(hostOf(prefix))?.values() ?? []) {
        if (name.startsWith(prefix) && name > after) {
          yield { name, size: bytes.length, storedAt: timeOf(name) };
        }
      }
    },
    async *directories(): AsyncGenerator<string> {
      yield* hosts.keys();
    },
    get(name): ReturnType<StoreReader["get"]> {
      const object = hosts.get(hostOf(name))?.get(name);
      if (object === undefined) throw new StoreError("missing", "memory: there is no such object");
      return Promise.resolve(object.bytes.slice());
    },
    expiry: () => Promise.resolve(Infinity),
    close(): void {},
  };
  return {
    store: BUCKET,
    put(object): Promise<void> {
      const host = hostOf(object.name);
      hosts.set(host, (hosts.get(host) ?? new Map()).set(object.name, object));
      return Promise.resolve();
    },
    open: () => Promise.resolve(reader),
    close(): void {},
  };
}
