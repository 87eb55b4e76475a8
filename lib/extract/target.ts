import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path/posix";
import { type Exposure, exposures } from "../disk/trust.ts";
import { Failure, Misuse } from "../model/failure.ts";
import { lacksSymlinks } from "./file_system.ts";
import { isWithin } from "./path.ts";
import { attempt, isBecause } from "./system.ts";

/** A directory that a tree is restored into. */
export interface Target {
  /** Its absolute path, without links. */
  readonly path: string;
  /** The highest directory that had to be made for it. */
  readonly made: string | undefined;
}

/**
 * Makes the target of a restore with mode 0700 if it is missing. A target that is a symlink is followed, once: the user named it.
 *
 * A user who owns the target or a directory above it, or can write to one, could move the stage away while it is filled, or
 * have it filled in another place. Such a target is refused, also if another user restores. It is checked again after it was
 * made, since somebody else may have made it meanwhile.
 *
 * @throws {Failure} if that is not possible; {@link Misuse} if others could change the target.
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
 * @throws {Misuse} with the command that helps.
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
 * Finds who else could change a directory, or one above it. A file system without symbolic links (exFAT, FAT), where
 * all users may change everything, is no exposure: no user can make a restore write to another place.
 */
export function exposureOf(directory: string): Exposure | undefined {
  for (const found of exposures(resolve(directory))) if (!lacksSymlinks(found.path)) return found;
  return undefined;
}

/** Removes the directories that were made for a target, as long as they are empty. */
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
    return false; // something else is in it by now
  }
}

/**
 * Returns what is at the path of a target; undefined for nothing.
 *
 * @throws {Failure} if that is not a directory.
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
