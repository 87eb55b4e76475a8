/** Backups of the past for the command line, whose clock is that of the machine. */
import { backup } from "../../lib/backup/backup.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { openWriter } from "../../lib/app/stores.ts";

const DAY_MS = 86_400_000;

/** Backs up a host of a config with a directory store as if it were so many days ago. Returns the id of the snapshot. */
export async function pastBackup(config: string, name: string, days: number): Promise<string> {
  const host = (await loadConfig(config, { stateDirectory: "/nowhere" })).get(name)!;
  if (host.store.kind !== "directory") throw new Error("only the dates of files can be set");
  const time = Date.now() - days * DAY_MS;
  const run = { report: () => {}, signal: new AbortController().signal, now: () => new Date(time) };
  const writer = await openWriter(host.store, () => undefined, run);
  const { snapshot } = await backup(host, writer, run, { full: true });
  const directory = `${host.store.path}/${name}/${snapshot}`;
  for (const { name } of Deno.readDirSync(directory)) {
    Deno.utimeSync(`${directory}/${name}`, time / 1000, time / 1000);
  }
  return snapshot;
}
