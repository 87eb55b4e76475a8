import assert from "node:assert/strict";
import type { Entry } from "../../lib/model/entry.ts";
import { Damage, Failure } from "../../lib/model/failure.ts";
import { withDirectory } from "../support/directory.ts";
import { listing, restore } from "./support.ts";

/**
 * Restores into `target` beside a `secret` directory (`../../secret` from within the stage), which must not change. Gives the error's class and what is in the
 * target at the end.
 */
export async function attack(
  entries: readonly Entry[],
  prepare: (directory: string) => void = () => {},
): Promise<{ error: unknown; target: string[] }> {
  return await withDirectory((directory) => {
    Deno.mkdirSync(`${directory}/secret`);
    Deno.writeTextFileSync(`${directory}/secret/key`, "secret");
    Deno.mkdirSync(`${directory}/target`);
    prepare(directory);
    const before = listing(`${directory}/secret`);
    let error: unknown;
    try {
      restore(`${directory}/target`, entries);
    } catch (thrown) {
      error = thrown;
    }
    assert.deepEqual(listing(`${directory}/secret`), before, "nothing outside has changed");
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
    assert.deepEqual(names, ["secret", "target"], "nothing outside has come to be");
    return { error, target: listing(`${directory}/target`) };
  });
}

/** An attack that is refused with an error of that kind, and leaves nothing behind. */
export async function refused(
  entries: readonly Entry[],
  message: RegExp,
  kind: typeof Failure = Damage,
): Promise<void> {
  const { error, target } = await attack(entries);
  assert.ok(error instanceof kind, `${kind.name} and not ${error}`);
  assert.match(error.message, message);
  assert.deepEqual(target, [], "nothing is left behind");
}
