/** Directory of a benchmark with keys, stores and temporary files, and the commands that all contenders share. */
import { bash, quoted } from "./shell.ts";
import { type CommandName, LAUNCHES, runFlags } from "../../lib/permissions/launch.ts";

/** Directory and commands for contenders. */
export interface Workshop {
  readonly directory: string;
  /** For files of the moment. */
  readonly scratch: string;
  /** The command `gpg`, with a home that has both keys. */
  readonly gpg: string;
  /** Of the key that everything is encrypted for. */
  readonly fingerprint: string;
  /** The file of the private key. */
  readonly identity: string;
}

const root = new URL("../../", import.meta.url).pathname;

/**
 * The command line of a command of nightdrop, from any directory, with the flags that users run it with.
 *
 * @param cache Directory of the owner's cache, which must exist; without one, nothing is cached.
 */
export function nightdropCommand(command: CommandName, cache?: string): string {
  const launch = LAUNCHES[command];
  const caching = cache === undefined ? {} : { NIGHTDROP_CACHE: cache };
  const variables = Object.entries({ ...launch.environment, ...caching }).map(([name, value]) =>
    `${name}=${quoted(value)} `
  );
  const flags = ["--quiet", "--no-prompt", ...runFlags(launch)];
  const writes = cache === undefined ? [] : [`--allow-write=${cache}/stores`];
  const options = ["--config", `${root}deno.json`, ...flags, ...writes];
  const words = [Deno.execPath(), "run", ...options, `${root}mod.ts`, command];
  return variables.join("") + words.map(quoted).join(" ");
}

/** Makes the directory ready, with keys of its own if it has none from an earlier bench. */
export async function openWorkshop(directory: string): Promise<Workshop> {
  const [home, keys, scratch] = [`${directory}/gnupg`, `${directory}/keys`, `${directory}/scratch`];
  const gpg = `gpg --homedir ${quoted(home)} --batch --quiet --trust-model always`;
  await bash(`mkdir -p -m 700 ${quoted(directory)} ${quoted(home)} ${quoted(scratch)}
    [ -e ${quoted(keys)} ] || ${nightdropCommand("keygen")} ${quoted(keys)} --quiet
    ${gpg} --import ${quoted(`${keys}/backups.private.asc`)}`);
  const fingerprint = await bash(`${gpg} --with-colons --list-keys | awk -F: '/^fpr/ {print $10; exit}'`);
  return { directory, scratch, gpg, fingerprint, identity: `${keys}/backups.private.asc` };
}

/** Removes the files of the contenders. */
export async function clearWorkshop({ directory }: Workshop): Promise<void> {
  await bash(`cd ${quoted(directory)}; rm -rf nightdrop pipeline restic borg duplicity restored`);
}

/** Ends the daemons of gpg. Keys and corpora are kept. */
export async function closeWorkshop(workshop: Workshop): Promise<void> {
  await clearWorkshop(workshop);
  const { directory, scratch } = workshop;
  await bash(`gpgconf --homedir ${quoted(`${directory}/gnupg`)} --kill all; rm -rf ${quoted(scratch)}`);
}
