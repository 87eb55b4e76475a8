/** Simulates years of a host from a seed, and checks that every snapshot can be restored for its whole retention. */
import assert from "node:assert/strict";
import { sameEntry } from "../../lib/model/entry.ts";
import { DAY_MS } from "../../lib/model/day.ts";
import type { Retention } from "../../lib/model/retention.ts";
import { Dice } from "./dice.ts";
import { INCIDENTS } from "./incidents.ts";
import type { MadeSnapshot, MadeStore } from "./store.ts";
import type { StoreKind } from "./stores.ts";
import { entryOf } from "./tree.ts";
import type { Ending } from "./backup.ts";
import { type Done, type Start, World } from "./world.ts";

/** Parameters of a scenario. Probabilities are per day. */
export interface Scenario {
  readonly seed: number;
  readonly days: number;
  /** Kind of the store. */
  readonly kind: StoreKind;
  readonly retention: Retention;
  /** Maximum number of changes of the tree per day. */
  readonly churn: number;
  /** Probability that no run takes place. */
  readonly missed: number;
  /** Probability that a run is interrupted. */
  readonly broken: number;
  /** Names of the incidents that can happen. */
  readonly incidents: readonly string[];
  /** Probability of an incident. */
  readonly trouble: number;
}

/** Result of a scenario. */
export interface Outcome {
  readonly snapshots: number;
  readonly runs: number;
  /** Number of runs that were refused, or ended without a receipt because their store was replaced. */
  readonly refused: number;
}

/** Snapshot that must exist, and its store. */
interface Promised {
  readonly store: MadeStore;
  readonly snapshot: MadeSnapshot;
}

/**
 * Runs a scenario. Every snapshot is restored when it is made and again in the last hour of its retention, exactly.
 * Objects are removed by expiry only, so it could be restored on every day between. Snapshots that an incident removes are
 * no longer expected; later ones are.
 */
export async function live(scenario: Scenario, file: string): Promise<Outcome> {
  const life = new Life(scenario, file);
  for (let day = 0; day < scenario.days; day += 1) await life.day();
  return life.end();
}

class Life {
  readonly #scenario: Scenario;
  readonly #world: World;
  readonly #dice: Dice;
  /** Snapshots within their retention, the next to expire first. */
  #promised: Promised[] = [];
  readonly #incidents: readonly (typeof INCIDENTS)[number][];
  #runs = 0;
  #refused = 0;
  readonly #seen = new Set<MadeSnapshot>();

  constructor(scenario: Scenario, file: string) {
    const { retention, kind, seed, incidents } = scenario;
    this.#scenario = scenario;
    this.#world = new World(file, retention, kind);
    this.#dice = new Dice(seed);
    this.#incidents = INCIDENTS.filter(({ name, to }) => incidents.includes(name) && (to ?? kind) === kind);
  }

  async day(): Promise<void> {
    const { churn, missed, trouble } = this.#scenario;
    for (let changes = this.#dice.below(churn + 1); changes > 0; changes -= 1) this.#change();
    if (this.#incidents.length > 0 && this.#dice.chance(trouble)) this.#incident();
    if (!this.#dice.chance(missed)) await this.#backUp();
    this.#pass(DAY_MS * (0.7 + this.#dice.share() * 0.5));
    // Disks are mounted again soon.
    const { stores } = this.#world;
    if (stores.unmounted && this.#dice.chance(0.7)) stores.current = this.#dice.pick(stores.all);
  }

  /** Waits until no snapshot is expected any more. */
  end(): Outcome {
    while (this.#promised.length > 0) this.#pass(10 * DAY_MS);
    this.#world.close();
    return { snapshots: this.#seen.size, runs: this.#runs, refused: this.#refused };
  }

  #incident(): void {
    this.#world.close();
    this.#dice.pick(this.#incidents).happen(this.#world, this.#dice);
    this.#world.expire();
    // Snapshots that were removed by other means than expiry are no longer expected.
    const harmed = new Set(this.#world.stores.places.filter((it) => it.harmed));
    this.#promised = this.#promised.filter((it) => !harmed.has(it.store) || isThere(it));
    for (const store of harmed) store.harmed = false;
  }

  async #backUp(): Promise<void> {
    const broken = this.#dice.chance(this.#scenario.broken);
    const { refused } = await this.#run({
      ending: broken ? this.#ending() : "whole",
      full: this.#dice.chance(0.01),
    });
    // If the marker is missing, the owner mounts the disk or starts a new store.
    if (refused && this.#dice.chance(0.3)) await this.#run({ newStore: true });
  }

  async #run(start: Start): Promise<Done> {
    const { stores } = this.#world;
    const unmarked = stores.kind === "directory" && stores.current.marker === undefined;
    const done = await this.#world.run(start);
    this.#runs += 1;
    if (done.refused) {
      this.#refused += 1;
      const swapped = typeof start.ending === "object" && start.ending.swap !== undefined;
      assert.ok(unmarked || swapped, `refused without a reason: ${done.refused.message}`);
      return done;
    }
    const store = stores.current;
    for (const snapshot of store.snapshots.values()) {
      if (this.#seen.has(snapshot)) continue;
      this.#seen.add(snapshot);
      this.#promised.push({ store, snapshot });
      check({ store, snapshot });
    }
    return done;
  }

  /** Advances the time. Snapshots are checked in the last moment of their retention, and expired ones are removed. */
  #pass(time: number): void {
    const world = this.#world;
    const until = Math.round(world.now + time);
    this.#promised.sort((a, b) => a.snapshot.until - b.snapshot.until);
    for (let next = this.#promised[0]; next && next.snapshot.until <= until; next = this.#promised[0]) {
      world.now = Math.max(world.now, next.snapshot.until);
      world.expire();
      check(this.#promised.shift()!);
    }
    world.now = Math.max(world.now, until);
    world.expire();
  }

  #change(): void {
    const { tree, before: time } = this.#world;
    const dice = this.#dice;
    const path = this.#path();
    const known = dice.pick(tree.paths.length > 0 ? tree.paths : [path]);
    const acts = [
      () => tree.make(path, time, { size: dice.below(2000) }),
      () => tree.make(path, time, { size: dice.below(2000) }),
      () => tree.make(path, time, { type: "symlink", size: 0, mode: 0o777, link: known }),
      () => tree.write(known, time, dice.below(2000)),
      () => tree.write(known, time, tree.at(known)?.size ?? 0),
      () => tree.chmod(known, time, dice.pick([0o644, 0o600, 0o755]), dice.below(3)),
      () => tree.remove(known, time),
      () => tree.rename(known, path, time),
      () => tree.link(known, path, time),
      () => tree.make(`${known}/x`, time), // a file becomes a directory
    ];
    dice.pick(acts)();
  }

  #path(): string {
    const name = (): string => this.#dice.pick(["a", "b", "c", "b-c", "\x01", "é", "😀"]);
    return Array.from({ length: 1 + this.#dice.below(3) }, name).join("/");
  }

  #ending(): Ending {
    const volumes = this.#dice.below(4);
    const { kind, all } = this.#world.stores;
    if (kind === "directory" && this.#dice.chance(0.2)) return { volumes, swap: this.#dice.pick(all) };
    return this.#dice.pick<Ending>(["lost answer", "killed late", { volumes }]);
  }
}

/** Restores a snapshot, and compares it with the tree that it was made from. */
function check({ store, snapshot: { id, tree } }: Promised): void {
  const restored = store.restore(id);
  assert.equal(restored.size, tree.length);
  for (const thing of tree) {
    const found = restored.get(thing.path)!;
    assert.ok(sameEntry(found.entry, entryOf(thing)), `${id}: ${thing.path}`);
    if (thing.type === "file") assert.equal(found.content, thing.content, `${id}: ${thing.path}`);
    // By hand the first name is extracted before or with the others, or they would be links to an older file.
    if (thing.type === "hardlink") {
      assert.ok(restored.get(thing.link!)!.depth >= found.depth, `${id}: ${thing.path}`);
    }
  }
}

function isThere({ store, snapshot }: Promised): boolean {
  try {
    store.restore(snapshot.id);
    return true;
  } catch {
    return false;
  }
}
