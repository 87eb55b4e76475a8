/** Incidents that happen to a host and its stores between two runs. Add a row for a new one. */
import { DAY_MS } from "../../lib/model/day.ts";
import type { Dice } from "./dice.ts";
import type { Damage } from "./state.ts";
import type { MadeStore } from "./store.ts";
import type { StoreKind } from "./stores.ts";
import type { World } from "./world.ts";

/** Incident. */
export interface Incident {
  readonly name: string;
  /** Kinds of stores that it can happen to. Default: all. */
  readonly to?: StoreKind;
  happen(world: World, dice: Dice): void;
}

/** All incidents. The scenario selects some and their frequency. */
export const INCIDENTS: readonly Incident[] = [
  { name: "the catalog is lost", happen: ({ state }) => state.damage(() => undefined) },
  {
    name: "the catalog is garbage",
    happen: ({ state }) => state.damage((bytes) => bytes.map((it, at) => at % 7 === 0 ? it ^ 0x5a : it)),
  },
  {
    name: "the catalog is cut",
    happen: ({ state }) => state.damage((bytes) => bytes.slice(0, bytes.length / 2)),
  },
  { name: "a bit of the catalog flips", happen: ({ state }, dice) => state.damage(flippedBit(dice)) },
  { name: "a page of the catalog is zeroed", happen: ({ state }, dice) => state.damage(zeroedPage(dice)) },
  { name: "an image of the state directory is made", happen: ({ state }) => state.keepImage() },
  { name: "the state directory is restored from an image", happen: ({ state }) => state.restoreImage() },
  {
    name: "the host's clock jumps",
    happen: (world, dice) =>
      world.skew = Math.round((dice.share() - 0.5) * dice.pick([1, 10, 1000]) * DAY_MS),
  },
  { name: "other recipients are declared", happen: (world) => world.changeRecipients() },
  {
    name: "another retention is declared",
    happen: (world, dice) =>
      world.changeRetention({ days: 1 + dice.below(90), refreshDays: 1 + dice.below(45) }),
  },
  { name: "the disk is not mounted", to: "directory", happen: ({ stores }) => stores.unmount() },
  {
    name: "another disk is mounted",
    to: "directory",
    happen: ({ stores }, dice) => stores.current = dice.pick(stores.all),
  },
  {
    name: "a new disk is mounted",
    to: "directory",
    happen: ({ stores }) => stores.current = stores.all.length < 4 ? stores.add() : stores.current,
  },
  {
    name: "the disk is copied, and the copy is mounted",
    to: "directory",
    happen: ({ stores }) =>
      stores.current = stores.all.length < 4 ? stores.add(stores.current.copy()) : stores.current,
  },
  {
    name: "an image of the disk is made",
    to: "directory",
    happen: ({ stores, images }) => void images.set(stores.current, stores.current.copy()),
  },
  {
    name: "the disk is restored from an image",
    to: "directory",
    happen: ({ stores, images }) =>
      stores.current.become(images.get(stores.current) ?? stores.current.copy()),
  },
  {
    name: "the directory is created again",
    to: "directory",
    happen({ stores: { current } }): void {
      current.clear();
      current.marker = undefined;
    },
  },
  { name: "all snapshots are removed", to: "directory", happen: ({ stores }) => stores.current.clear() },
  {
    name: "the marker is removed",
    to: "directory",
    happen: ({ stores }) => stores.current.marker = undefined,
  },
  {
    name: "the oldest snapshots are removed",
    to: "directory",
    happen({ stores: { current } }, dice): void {
      for (const id of current.directories.slice(0, 1 + dice.below(5))) current.remove(id, "all");
    },
  },
  ...(["all", "receipt", "index", "volumes", "a volume"] as const).map((what): Incident => ({
    name: `of a snapshot is removed: ${what}`,
    to: "directory",
    happen: ({ stores: { current } }, dice) => removeAny(current, what, dice),
  })),
  { name: "the bucket is created again", to: "bucket", happen: ({ stores }) => stores.recreate() },
  {
    name: "the bucket moves to another server",
    to: "bucket",
    happen: ({ stores }, dice) =>
      stores.current = stores.all.length < 3 ? stores.add() : dice.pick(stores.all),
  },
];

function flippedBit(dice: Dice): Damage {
  return (bytes) => {
    const at = dice.below(bytes.length);
    return bytes.length === 0 ? bytes : bytes.with(at, bytes[at]! ^ (1 << dice.below(8)));
  };
}

function zeroedPage(dice: Dice): Damage {
  return (bytes) => {
    const page = 4096 * dice.below(bytes.length / 4096);
    return bytes.fill(0, page, page + 4096);
  };
}

function removeAny(store: MadeStore, what: Parameters<MadeStore["remove"]>[1], dice: Dice): void {
  if (store.directories.length > 0) store.remove(dice.pick(store.directories), what);
}
