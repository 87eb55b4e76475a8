/**
 * Damage anywhere in the state directory: every snapshot that is stored restores exactly, and no run that has doubted its
 * memory ends as if nothing had been. `deno task soak` flips five hundred bits.
 */
import assert from "node:assert/strict";
import type { BackupResult } from "../../lib/backup/backup.ts";
import { exists } from "../../lib/disk/exists.ts";
import { Failure } from "../../lib/model/failure.ts";
import { StoreError, type StoreWriter } from "../../lib/store/contract.ts";
import { Dice } from "../../scripts/simulate/dice.ts";
import { assertSameTree } from "../source/tree.ts";
import { restoredSource } from "../support/scenario.ts";
import { must } from "../support/foreign.ts";
import { type Life, Mischief, withLife } from "../support/life.ts";
import { sampleTree } from "../support/sample_tree.ts";

const FLIPS = Deno.env.has("NIGHTDROP_SOAK") ? 500 : 25;
const HOUR = 60 * 60 * 1000;

/** What becomes of a file of the state directory. */
type Damage = (file: string, dice: Dice, older: string) => void;

function flip(file: string, dice: Dice): void {
  const bytes = Deno.readFileSync(file);
  if (bytes.length === 0) return;
  bytes[dice.below(bytes.length)]! ^= 1 << dice.below(8);
  Deno.writeFileSync(file, bytes);
}

/** Other damage than a bit. */
const OTHERS: readonly Damage[] = [
  (file, dice) => Deno.truncateSync(file, dice.below(Deno.statSync(file).size + 1)),
  (file, dice) => {
    const bytes = Deno.readFileSync(file);
    const page = 4096 * dice.below(Math.ceil(bytes.length / 4096) + 1);
    Deno.writeFileSync(file, bytes.fill(0, page, page + 4096));
  },
  (file, dice) => {
    const bytes = Deno.readFileSync(file);
    const [from, to] = [dice.below(bytes.length + 1), dice.below(bytes.length + 1)];
    bytes.copyWithin(to, from, from + 1 + dice.below(600));
    Deno.writeFileSync(file, bytes);
  },
  (file, _, older) => Deno.copyFileSync(older, file),
  (file) => Deno.removeSync(file),
];

/** What the runs have come to. */
interface Outcome {
  refused: number;
  full: number;
  stored: number;
}

/** Backs up so many times, each time after damage. */
async function damaged(
  life: Life,
  runs: number,
  seed: number,
  pick: (dice: Dice) => Damage,
): Promise<Outcome> {
  const dice = new Dice(seed);
  // Outside of it nothing changes, so that no run is full for its changes alone.
  const mischief = new Mischief(`${life.source}/sub`, seed);
  const outcome: Outcome = { refused: 0, full: 0, stored: 0 };
  const [sound, older] = [`${life.directory}/sound`, `${life.directory}/older`];
  await life.backup();
  await must("cp", ["--archive", life.host.state, older]);
  for (let run = 0; run < runs; run += 1) {
    mischief.do(3);
    life.now += HOUR;
    if (dice.chance(0.2)) await life.backup({}, {}, breaking(life, dice.below(4))).catch(assertOfStore);
    await must("cp", ["--archive", life.host.state, sound]);
    const files = (await must("find", [life.host.state, "-type", "f"])).text.trim().split("\n").sort();
    const file = dice.pick(files);
    const former = `${older}${file.slice(life.host.state.length)}`;
    pick(dice)(file, dice, exists(former) ? former : file);
    life.events.length = 0;
    const result = await life.backup().catch((error) => error);
    if (result instanceof Error) {
      assertHelpful(result, file);
      outcome.refused += 1;
      Deno.removeSync(life.host.state, { recursive: true });
      await must("cp", ["--archive", sound, life.host.state]);
    } else await assertSound(life, result, outcome, `run ${run}, ${file}`);
    Deno.removeSync(sound, { recursive: true });
  }
  const { findings } = await life.verify({ identities: life.identities });
  // A host that lost its key and got back an older chain forks it by another key, which nobody has pinned here.
  const damages = findings.filter(({ kind, what }) => kind === "damage" && !/by another key/.test(what));
  assert.deepEqual(damages, []);
  return outcome;
}

function breaking({ store: { writer } }: Life, puts: number): StoreWriter {
  let left = puts;
  const put: StoreWriter["put"] = (...args) =>
    left-- > 0 ? writer.put(...args) : Promise.reject(new StoreError("denied", "the store is closed"));
  return { ...writer, put };
}

function assertOfStore(error: unknown): void {
  assert.ok(error instanceof StoreError, `${error}`);
}

function assertHelpful(error: Error, file: string): void {
  assert.ok(error instanceof Failure && error.hint !== undefined, `${file}: ${error.stack}`);
}

async function assertSound(life: Life, made: BackupResult, outcome: Outcome, what: string): Promise<void> {
  const target = `${life.directory}/back`;
  assert.equal((await life.restore({ target }, made.snapshot)).lost, 0, what);
  assertSameTree(restoredSource(life, target), life.source);
  Deno.removeSync(target, { recursive: true });
  outcome.stored += 1;
  if (made.sent.entries < made.entries) return;
  outcome.full += 1;
  assert.ok(life.events.some(({ event }) => event === "warning"), `${what}: full without a warning`);
}

Deno.test(`${FLIPS} flipped bits of the state directory cost full backups and refusals, and no data`, () =>
  withLife(sampleTree(), async (life) => {
    const { refused, full, stored } = await damaged(life, FLIPS, 11, () => flip);
    assert.ok(refused > 0 && full > 0 && stored > full, JSON.stringify({ refused, full, stored }));
    if (FLIPS > 100) {
      Deno.stderr.writeSync(new TextEncoder().encode(JSON.stringify({ refused, full, stored }) + "\n"));
    }
  }, { retention: { days: 90, refreshDays: 30 } }));

Deno.test("files of the state directory that are cut, zeroed, shifted, lost or older cost no data either", () =>
  withLife(sampleTree(), async (life) => {
    const { stored } = await damaged(life, FLIPS, 12, (dice) => dice.pick(OTHERS));
    assert.ok(stored > 0);
  }, { retention: { days: 90, refreshDays: 30 } }));
