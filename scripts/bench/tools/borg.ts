import type { Tool } from "../contender.ts";
import { bash, quoted } from "../shell.ts";
import { into } from "../restored.ts";
import type { Workshop } from "../workshop.ts";

/** Borg with the compression that the others have. */
export function borg(workshop: Workshop, source: string): Tool {
  const at = `${workshop.directory}/borg`;
  const store = `${at}/repository`;
  const call = `BORG_PASSPHRASE=bench BORG_BASE_DIR=${quoted(`${at}/base`)} BORG_REPO=${quoted(store)} borg`;
  // 1: a warning.
  const create = (name: string): string =>
    `${call} create -C zstd,3 ::${name} ${quoted(source)} || [ $? = 1 ]`;
  const backup = {
    name: "Borg",
    prepare: () => bash(`rm -rf ${quoted(at)}; mkdir -p ${quoted(at)}; ${call} init -e repokey-blake2`),
    script: create("first"),
    store,
  };
  return {
    needs: ["borg"],
    backup,
    again: { name: "Borg", script: create("$(date +%s%N)"), store },
    restore: into(workshop, "Borg", (to) => `cd ${to}; ${call} extract ::first`),
  };
}
