/** Stores of a host: disks, one of which is mounted, or buckets, one of which the config names. */
import type { IdentifiedStore } from "../../lib/backup/chosen_store.ts";
import type { StoreMarker } from "../../lib/store/contract.ts";
import { bucketIdentity, directoryIdentity } from "../../lib/store/identity.ts";
import { MadeStore } from "./store.ts";

/** Kind of all stores of a host. */
export type StoreKind = "directory" | "bucket";

/** Stores of a host. */
export class Stores {
  readonly kind: StoreKind;
  /** Directory below the mount point, visible when no disk is mounted. */
  readonly #mountPoint = new MadeStore();
  readonly #all: MadeStore[] = [];
  /** Identities of buckets. */
  readonly #identities = new Map<MadeStore, string>();
  #made = 0;
  /** Store that a run writes to now. */
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

  /** Adds an empty disk, or a bucket with another name in the config. */
  add(store = new MadeStore()): MadeStore {
    this.#all.push(store);
    this.#identities.set(store, this.#newIdentity());
    return store;
  }

  /** Replaces a bucket by a new one with the same name, which gets another identity from `provision`. */
  recreate(): void {
    this.#identities.set(this.current, this.#newIdentity());
    this.current.clear();
  }

  /** Unmounts the disk. */
  unmount(): void {
    this.current = this.#mountPoint;
  }

  /** Returns the store as a run sees it. */
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
