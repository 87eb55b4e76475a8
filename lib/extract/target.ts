import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path/posix";
import { type Exposure, exposures } from "../disk/trust.ts";
import { Failure, Misuse } from "../model/failure.ts";
import { lacksSymlinks } from "./file_system.ts";
import { isWithin } from "./path.ts";
import { attempt, isBecause } from "./system.ts";

/** Directory that a tree is restored into. */
export interface Target {
  /** Absolute path, without links. */
  readonly path: string;
  /** Highest directory that had to be created for it; undefined if the target existed. */
  readonly made: string | undefined;
}

/**
 * Creates the target of a restore with mode 0700 if it is missing. A target that is a symlink is followed,
 * once: the user named it.
 *
 * A user who owns the target or a parent directory, or can write to one, could move the stage away while it
 * is filled, or redirect it to another place. Such a target is refused, also if another user restores. It is
 * checked again after it was created, because another user may have created it in the meantime.
 *
 * @throws {Failure} if this is not possible.
 * @throws {Misuse} if others could change the target.
 */
export function prepareTarget(target: string): Target {
  statTarget(target);
  refuseExposed(target);
  const made = attempt(
    `make the target "${target}"`,
    () => mkdirSync(target, { recursive: true, mode: 0o700 }),
  );
  refuseExposed(target);
  const path = Deno.realPathSync(target);
  return { path, made: made === undefined ? undefined : Deno.realPathSync(made) };
}

/**
 * Refuses a target that others could change.
 *
 * @throws {Misuse} if there is such a user, with a command that solves the problem.
 */
export function refuseExposed(target: string): void {
  const found = exposureOf(target);
  if (found === undefined) return;
  const where = found.path === resolve(target) ? "" : `of "${found.path}": `;
  throw new Misuse(`Cannot restore into "${target}": ${where}${found.why}`, {
    hint: `Name a directory of your own, in one of your own or in /tmp; or change this one: ${found.remedy}`,
  });
}

/**
 * Returns which other users could change a directory or its parents, and how; undefined if none can. A file
 * system without symbolic links (exFAT, FAT), where all users may change everything, is no exposure: no user
 * can redirect a restore to another place.
 */
export function exposureOf(directory: string): Exposure | undefined {
  for (const found of exposures(resolve(directory))) if (!lacksSymlinks(found.path)) return found;
  return undefined;
}

/** Removes the directories that were created for a target, as long as they are empty. */
export function removeMade({ path, made }: Target): void {
  if (made === undefined) return;
  for (let directory = path; isWithin(directory, made); directory = dirname(directory)) {
    if (!removeEmpty(directory)) return;
  }
}

function removeEmpty(directory: string): boolean {
  try {
    Deno.removeSync(directory);
    return true;
  } catch {
    return false; // it is no longer empty
  }
}

/**
 * Returns the directory at the path of a target; undefined if the path does not exist.
 *
 * @throws {Failure} if it is not a directory.
 */
export function statTarget(target: string): Deno.FileInfo | undefined {
  try {
    const stat = attempt(`look at the target "${target}"`, () => Deno.statSync(target));
    if (stat.isDirectory) return stat;
  } catch (error) {
    if (isBecause(error, "ENOENT")) return undefined;
    throw error;
  }
  throw new Failure(`The target "${target}" is not a directory`, {
    hint: "Name another, or one that is missing",
  });
}
