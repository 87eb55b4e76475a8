import type { Tool } from "../contender.ts";
import { bash, quoted } from "../shell.ts";
import { into } from "../restored.ts";
import type { Workshop } from "../workshop.ts";

/** restic with its defaults: a repository of version 2, compression `auto`. */
export function restic(workshop: Workshop, source: string): Tool {
  const at = `${workshop.directory}/restic`;
  const call = `RESTIC_PASSWORD=bench RESTIC_CACHE_DIR=${quoted(`${at}/cache`)} restic -q -r ${
    quoted(`${at}/repository`)
  }`;
  const store = `${at}/repository`;
  const backup = {
    name: "restic",
    prepare: () => bash(`rm -rf ${quoted(at)}; mkdir -p ${quoted(at)}; ${call} init`),
    script: `${call} backup ${quoted(source)} || [ $? = 3 ]`,
    store,
  };
  return {
    needs: ["restic"],
    backup,
    again: { name: "restic", script: backup.script, store },
    restore: into(workshop, "restic", (to) => `${call} restore latest --target ${to}`),
  };
}
