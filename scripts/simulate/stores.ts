/** The stores of a host: disks of which one is mounted, or buckets of which the config names one. */
import type { IdentifiedStore } from "../../lib/backup/chosen_store.ts";
import type { StoreMarker } from "../../lib/store/contract.ts";
import { bucketIdentity, directoryIdentity } from "../../lib/store/identity.ts";
import { MadeStore } from "./store.ts";

/** What kind of stores a host has, all its life. */
export type StoreKind = "directory" | "bucket";

/** All stores of a host. */
export class Stores {
  readonly kind: StoreKind;
  /** What is below the mount point when no disk is mounted there. */
  readonly #mountPoint = new MadeStore();
  readonly #all: MadeStore[] = [];
  /** Identities of buckets. */
  readonly #identities = new Map<MadeStore, string>();
  #made = 0;
  /** Where a run writes to now. */
  current: MadeStore;

  constructor(kind: StoreKind) {
    this.kind = kind;
    this.current = this.add();
  }

  /** All disks or buckets, in use or not. */
  get all(): readonly MadeStore[] {
    return this.#all;
  }

  /** All places that may hold snapshots: the disks or buckets, and what is below the mount point. */
  get places(): readonly MadeStore[] {
    return [...this.#all, this.#mountPoint];
  }

  /** Whether no disk is mounted. */
  get unmounted(): boolean {
    return this.current === this.#mountPoint;
  }

  /** Makes one more: an empty disk, or a bucket that another entry of the config names. */
  add(store = new MadeStore()): MadeStore {
    this.#all.push(store);
    this.#identities.set(store, this.#newIdentity());
    return store;
  }

  /** Removes a bucket and makes another one with the same name, which `provision` gives another identity. */
  recreate(): void {
    this.#identities.set(this.current, this.#newIdentity());
    this.current.clear();
  }

  /** Mounts no disk. */
  unmount(): void {
    this.current = this.#mountPoint;
  }

  /** The store as a run sees it. */
  get identified(): IdentifiedStore {
    return {
      place: "the store",
      identity: this.kind === "bucket" ? this.#identities.get(this.current)! : this.#marker,
    };
  }

  readonly #marker: StoreMarker = {
    read: () => Promise.resolve(this.current.marker),
    begin: (replace) => {
      if (replace || this.current.marker === undefined) {
        this.current.marker = directoryIdentity(this.#number());
      }
      return Promise.resolve(this.current.marker);
    },
    objects: {
      list: (prefix) => this.current.objects.list(prefix),
      get: (...args) => this.current.objects.get(...args),
    },
  };

  #newIdentity(): string {
    return bucketIdentity({ bucket: "backups", region: "eu-central-1", vault: this.#number() });
  }

  #number(): string {
    return (++this.#made).toString(16).padStart(32, "0");
  }
}
