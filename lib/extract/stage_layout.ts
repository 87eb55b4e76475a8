import { foldsNames, keepsModes } from "./file_system.ts";
import type { Layout, MountStage } from "./layout.ts";
import type { StageDirectory } from "./stage_directory.ts";
import { Failure } from "../model/failure.ts";
import { exposureOf } from "./target.ts";

/** Options of a stage. */
export interface StageOptions {
  /** Purpose: restores with the same purpose can continue a stage. */
  readonly purpose?: string;
  /** Directory of the snapshot that becomes the target. */
  readonly strip?: string;
  /** Directories of the target on which something is mounted. */
  readonly mounts?: readonly string[];
}

/** Layout of a stage, to which renamed paths are added during the restore. */
export interface StageLayout extends Layout {
  readonly renamed: Map<string, string>;
}

/** Returns the layout of a stage in a target, and creates the stages that it needs on other file systems. */
export function stageLayout(target: string, directory: StageDirectory, options: StageOptions): StageLayout {
  const { strip = "", mounts = [] } = options;
  const stages = mounts.flatMap((path) => mountStage(target, path, directory));
  const all = [directory.path, ...stages.map(({ stage }) => stage)];
  return {
    root: directory.path,
    mounts: stages.sort((a, b) => b.path.length - a.path.length),
    strip,
    renamed: new Map(),
    foldsNames: all.some(foldsNames),
    keepsModes: all.every(keepsModes),
  };
}

/**
 * Returns the stage of a directory on which something is mounted; none if others could change it while it is
 * filled, or if none can be created. The entries for this directory are then staged with the rest, cannot be
 * moved, and are reported.
 */
function mountStage(target: string, path: string, directory: StageDirectory): MountStage[] {
  const mounted = `${target}/${path}`;
  if (exposureOf(directory.pathIn(mounted)) !== undefined) return [];
  try {
    return [{ path, stage: directory.addMount(mounted) }];
  } catch (error) {
    if (error instanceof Failure) return []; // it is read-only, full, …
    throw error;
  }
}
