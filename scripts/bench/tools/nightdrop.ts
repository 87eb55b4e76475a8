import type { Contender, Tool } from "../contender.ts";
import { bash, quoted } from "../shell.ts";
import { into } from "../restored.ts";
import { nightdropCommand, type Workshop } from "../workshop.ts";

/** nightdrop, as its tasks run it, with default settings but for what is said. */
export async function nightdrop(workshop: Workshop, source: string, memory?: string): Promise<Tool> {
  const at = `${workshop.directory}/nightdrop`;
  const store = `${at}/store`;
  const file = memory === undefined ? "directory" : `memory-${memory.replace(" ", "-")}`;
  const config = await writeConfig(workshop, file, source, { kind: "directory", path: store }, { memory });
  const reader = `${config} --identity ${quoted(workshop.identity)} --quiet`;
  const name = memory === undefined ? "nightdrop" : `nightdrop, memory ${memory}`;
  const backup = firstBackup(name, workshop, config, store);
  return {
    needs: [],
    backup,
    again: { name, script: backup.script, store },
    restore: into(
      workshop,
      "nightdrop",
      (to) => `${nightdropCommand("restore")} latest ${reader} --to ${to}`,
    ),
    verify: { name: "nightdrop verify --deep", script: `${nightdropCommand("verify")} --deep ${reader}` },
  };
}

/**
 * A backup by a host that has never made one: it has no catalog, and no signing key.
 *
 * @param store of a directory: emptied before, and looked at afterwards.
 */
export function firstBackup(name: string, { directory }: Workshop, config: string, store: string): Contender {
  return {
    name,
    prepare: () => bash(`rm -rf ${quoted(`${directory}/nightdrop/state`)} ${quoted(store)}`),
    // 3: something could not be read, as the names in some packages that are not UTF-8.
    script: `${nightdropCommand("backup")} ${config} --host bench --quiet || [ $? = 3 ]`,
    store,
  };
}

/** Writes a config, with more keys of the host, and gives the flag that names it. */
export async function writeConfig(
  workshop: Workshop,
  name: string,
  source: string,
  store: object,
  more: object = {},
): Promise<string> {
  const at = `${workshop.directory}/nightdrop`;
  const config = {
    recipients: [{ file: "../keys/backups.asc", fingerprint: workshop.fingerprint }],
    store,
    state: `${at}/state`,
    retention: { days: 180 },
    hosts: { bench: { paths: [source], ...more } },
  };
  await Deno.mkdir(at, { recursive: true });
  await Deno.writeTextFile(`${at}/${name}.config.ts`, `export default ${JSON.stringify(config)};\n`);
  return `--config ${quoted(`${at}/${name}.config.ts`)}`;
}
