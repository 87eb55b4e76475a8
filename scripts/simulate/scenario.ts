/** Years of a host's life, drawn from a seed, in which every promise about its snapshots is checked. */
import assert from "assert";
import { sameEntry } from "../../lib/model/entry.ts";
import { DAY } from "../../lib/catalog/refresh.ts";
import { expiryDays, type Retention } from "../../lib/store/vault/description.ts";
import { entryOf } from "./tree.ts";
import type { MadeSnapshot } from "./store.ts";
import { type Ending, World } from "./world.ts";

/** What a scenario is drawn from. Chances are those of a day. */
export interface Scenario {
  readonly seed: number;
  readonly days: number;
  readonly retention: Retention;
  /** Changes of the tree in a day, at most. */
  readonly churn: number;
  /** That no run takes place. */
  readonly missed: number;
  /** That a run breaks off. */
  readonly broken: number;
  /** That the catalog is lost. */
  readonly lost: number;
  /** That the host's clock jumps. */
  readonly jump: number;
  /** That retention, refreshDays or recipients are changed. */
  readonly settings: number;
}

/** What a scenario came to. */
export interface Outcome {
  readonly snapshots: number;
  readonly runs: number;
}

/** Numbers from 0 to 1, the same for the same seed: mulberry32. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Lives through a scenario. Every snapshot is restored when it was made, and again in the last hour that it was promised
 * for, each time exactly: objects go by expiry alone, so it could be restored on every day between.
 */
export function live(scenario: Scenario, file: string): Outcome {
  const life = new Life(scenario, file);
  for (let day = 0; day < scenario.days; day += 1) life.day();
  return life.end();
}

class Life {
  readonly #scenario: Scenario;
  readonly #world: World;
  readonly #random: () => number;
  /** Snapshots that were promised for a while yet, the next to end first. */
  readonly #promised: MadeSnapshot[] = [];
  /**
   * Lifecycles that earlier settings need for their snapshots, and until when: at least until the host has made a snapshot
   * with later ones. So docs/OPERATING.md has the owner do it.
   */
  readonly #owed: { readonly days: number; readonly until: number; followed: boolean }[] = [];
  #runs = 0;
  #snapshots = 0;

  constructor(scenario: Scenario, file: string) {
    this.#scenario = scenario;
    this.#world = new World(file, scenario.retention);
    this.#random = random(scenario.seed);
  }

  day(): void {
    const { churn, missed, broken, lost, jump, settings } = this.#scenario;
    for (let changes = this.#below(churn + 1); changes > 0; changes -= 1) this.#change();
    if (this.#chance(lost) && this.#runs > 0) this.#world.lose(this.#pick(["absent", "garbage", "cut"]));
    if (this.#chance(jump)) {
      this.#world.skew = Math.round((this.#random() - 0.5) * this.#pick([1, 10, 1000]) * DAY);
    }
    if (this.#chance(settings)) this.#changeSettings();
    if (!this.#chance(missed)) this.#run(this.#chance(broken) ? this.#ending() : "whole", this.#chance(0.01));
    this.#pass(DAY * (0.7 + this.#random() * 0.5));
  }

  /** Waits until nothing is promised any more. */
  end(): Outcome {
    while (this.#promised.length > 0) this.#pass(10 * DAY);
    this.#world.close();
    return { snapshots: this.#snapshots, runs: this.#runs };
  }

  #run(ending: Ending, full: boolean): void {
    const before = new Set(this.#world.store.snapshots.keys());
    this.#world.run(ending, full);
    this.#runs += 1;
    for (const [id, snapshot] of this.#world.store.snapshots) {
      if (before.has(id)) continue;
      this.#snapshots += 1;
      for (const owed of this.#owed) owed.followed = true;
      this.#promised.push(snapshot);
      this.#check(snapshot);
    }
  }

  /** Lets time go by. What is promised is looked at in its last moment, and what has expired goes. */
  #pass(time: number): void {
    const until = Math.round(this.#world.now + time);
    this.#promised.sort((a, b) => a.until - b.until);
    for (let next = this.#promised[0]; next && next.until <= until; next = this.#promised[0]) {
      this.#world.now = Math.max(this.#world.now, next.until);
      this.#expire();
      this.#check(this.#promised.shift()!);
    }
    this.#world.now = Math.max(this.#world.now, until);
    this.#expire();
  }

  #expire(): void {
    const { now, retention } = this.#world;
    const owed = this.#owed.filter((it) => it.until >= now || !it.followed).map((it) => it.days);
    this.#world.lifecycle = Math.max(expiryDays(retention), ...owed);
    this.#world.expire();
  }

  #check({ id, tree }: MadeSnapshot): void {
    const restored = this.#world.store.restore(id);
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

  #changeSettings(): void {
    const world = this.#world;
    world.close();
    this.#owed.push({
      days: expiryDays(world.retention),
      until: world.now + (world.retention.days + 1) * DAY,
      followed: false,
    });
    if (this.#chance(0.2)) world.recipients += 1;
    else world.retention = { days: 1 + this.#below(90), refreshDays: 1 + this.#below(45) };
    this.#expire();
  }

  #change(): void {
    const { tree, before: time } = this.#world;
    const path = this.#path();
    const known = this.#pick(tree.paths.length > 0 ? tree.paths : [path]);
    const acts = [
      () => tree.make(path, time, { size: this.#below(2000) }),
      () => tree.make(path, time, { size: this.#below(2000) }),
      () => tree.make(path, time, { type: "symlink", size: 0, mode: 0o777, link: known }),
      () => tree.write(known, time, this.#below(2000)),
      () => tree.write(known, time, tree.at(known)?.size ?? 0),
      () => tree.chmod(known, time, this.#pick([0o644, 0o600, 0o755]), this.#below(3)),
      () => tree.remove(known, time),
      () => tree.rename(known, path, time),
      () => tree.link(known, path, time),
      () => tree.make(`${known}/x`, time), // a file becomes a folder
    ];
    this.#pick(acts)();
  }

  #path(): string {
    return Array.from(
      { length: 1 + this.#below(3) },
      () => this.#pick(["a", "b", "c", "b-c", "\x01", "é", "😀"]),
    ).join("/");
  }

  #ending(): Ending {
    return this.#pick<Ending>(["lost answer", "killed late", { volumes: 0 }, { volumes: 1 }, { volumes: 2 }]);
  }

  #chance(chance: number): boolean {
    return this.#random() < chance;
  }

  #below(most: number): number {
    return Math.floor(this.#random() * most);
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)]!;
  }
}
