import type { MadeFiles } from "../extract/lost.ts";
import type { Stage } from "../extract/stage.ts";
import type { Entry } from "../model/entry.ts";
import { withPauses } from "../workers/pause.ts";

/**
 * Returns the result of an earlier restore for a volume, if its files are complete and still exist.
 * Otherwise, removes what is left of these files, so that they can be created.
 */
export async function completedBefore(
  stage: Stage,
  volume: string,
  files: () => Iterable<Entry>,
  signal: AbortSignal,
): Promise<MadeFiles | undefined> {
  if (!stage.volumes.resumed) return undefined;
  const made = stage.volumes.completed(volume);
  if (made !== undefined && await areThere(stage, made, withPauses(files(), signal))) return made;
  for await (const file of withPauses(files(), signal)) stage.files.clear(stage.staged(file));
  return undefined;
}

async function areThere(stage: Stage, { lost }: MadeFiles, files: AsyncIterable<Entry>): Promise<boolean> {
  const refused = new Set(lost.map(({ path }) => path));
  for await (const file of files) {
    if (!refused.has(file.path) && !stage.files.has(stage.staged(file))) return false;
  }
  return true;
}
