/** Where restored trees go. */
import type { Contender } from "./contender.ts";
import { bash, quoted } from "./shell.ts";
import type { Workshop } from "./workshop.ts";

/** Below so many free bytes what was restored before is removed. */
const LEAST_SPACE = 25e9;

/**
 * A restore into a new folder, by a script that is given the name of the folder.
 *
 * Each run has a folder of its own, and they stay while there is room: ext4 is slow to make files where many have just
 * been removed.
 */
export function into(
  { folder }: Workshop,
  name: string,
  script: (to: string) => string,
): Contender {
  const restored = quoted(`${folder}/restored`);
  const prepare = `mkdir -p ${restored}
    [ "$(df --output=avail -B1 ${restored} | tail -n 1)" -gt ${LEAST_SPACE} ] || rm -rf ${restored}/*`;
  return {
    name,
    prepare: () => bash(prepare),
    script: `to=$(mktemp -d ${restored}/XXXXXX)\n${script('"$to"')}`,
  };
}
