import { isDeepStrictEqual } from "node:util";
import { DEFAULT_ALERTS } from "../config/alerts.ts";
import type { UrlConfig } from "../config/notify_settings.ts";
import type { Command, HooksConfig, Settings } from "../config/settings.ts";
import type { Hooks, Host, UrlReference } from "../config/types.ts";
import { replaceFile } from "../disk/replace.ts";
import { textOf } from "../disk/text_of.ts";
import { refuseExposed } from "../disk/trust.ts";
import type { Run } from "../app/events.ts";
import { pinnedRecipients } from "../app/keys.ts";
import { bucketOf } from "./owner_clients.ts";
import { cronFile } from "../schedule/cron.ts";

/** Name of the kit's credentials file, beside its config. */
export const CREDENTIALS_FILE = "credentials";

/** Directories of the kit and of the owner's config, whose relative paths the kit preserves. */
export interface KitOptions {
  /** Absolute path of the kit. It contains what one host needs, and does not name other hosts. */
  readonly directory: string;
  /** Absolute path of the directory of the owner's config. */
  readonly configDirectory: string;
  /** Default of `state` on this machine. */
  readonly defaultState: string;
}

/** Directories in which the README of the kit installs nightdrop and the kit. */
const PROGRAM_DIRECTORY = "/opt/nightdrop";
const KIT_DIRECTORY = "/etc/nightdrop";

/**
 * Writes the kit of a host, except its credentials: a config with only this host, the public keys, a crontab line and a
 * README. Returns the names of the files that were created or changed.
 *
 * @throws {Misuse} if a recipient's key cannot be used, or other users can change the directory.
 */
export async function writeKit(host: Host, options: KitOptions, run: Run): Promise<string[]> {
  await pinnedRecipients(host, run);
  const { directory } = options;
  refuseExposed(directory, "the kit's directory");
  await Deno.mkdir(`${directory}/keys`, { recursive: true, mode: 0o700 });
  await Deno.chmod(directory, 0o700);
  const texts: [name: string, content: Uint8Array][] = [
    ["backup.config.ts", bytes(kitConfig(host, options))],
    ...host.recipients.map(({ file, fingerprint }): [string, Uint8Array] => [
      keyFile(fingerprint),
      Deno.readFileSync(file),
    ]),
    ["crontab", bytes(crontab(host.name))],
    ["README", bytes(note(host.name))],
  ];
  return texts.filter(([name, content]) => writeIfOther(`${directory}/${name}`, content)).map(([name]) =>
    name
  );
}

/** Returns `store.vault` of an existing kit; null if its config has none, undefined if there is no config. */
export function identityInKit(directory: string): string | null | undefined {
  const text = textOf(`${directory}/backup.config.ts`);
  return text === undefined ? undefined : /^ *"vault": "([0-9a-f]{32})"/m.exec(text)?.[1] ?? null;
}

/** Returns the config for the host, with all settings of its entry. Long because each setting is a line. */
export function kitConfig(
  host: Host,
  { configDirectory, defaultState }: Omit<KitOptions, "directory">,
): string {
  const { bucket, region, endpoint, prefix, vault, storageClass, createOnly } = bucketOf(host);
  const { maxFileSize, ...selection } = host.selection;
  const config = {
    recipients: host.recipients.map(({ fingerprint }) => ({ file: keyFile(fingerprint), fingerprint })),
    store: {
      kind: "s3",
      bucket,
      region,
      endpoint,
      prefix: prefix === "" ? undefined : prefix,
      vault,
      storageClass,
      createOnly: createOnly === false ? false : undefined,
      credentials: { file: CREDENTIALS_FILE },
    },
    retention: host.retention,
    attributes: host.attributes ? undefined : false,
    checksums: host.checksums ? undefined : false,
    compression: host.compression,
    partSize: host.partSize,
    jobs: host.jobs,
    memory: host.memory,
    bandwidth: host.bandwidth,
    dumps: host.dumps.map((dump) => ({
      ...dump,
      command: carriedCommand(dump.command, configDirectory),
      timeLimit: `${dump.timeLimit / 1000} s` as const,
    })),
    hooks: carriedHooks(host.hooks, configDirectory),
    environment: host.environment,
    notify: {
      ping: carriedUrl(host.notify.ping, configDirectory),
      webhook: carriedUrl(host.notify.webhook, configDirectory),
      textfile: host.notify.textfile && carried(host.notify.textfile, configDirectory),
    },
    expect: host.expect.every === undefined ? undefined : { every: `${host.expect.every / 1000} s` },
    alerts: isDeepStrictEqual(host.alerts, DEFAULT_ALERTS) ? undefined : host.alerts,
    state: host.state === defaultState ? undefined : carried(host.state, configDirectory),
    hosts: {
      [host.name]: {
        signer: signerConfig(host),
        acknowledged: host.acknowledged.length > 0 ? host.acknowledged : undefined,
        ...selection,
        maxFileSize,
      },
    },
  };
  return `// Config of ${host.name}, written by provision. Change the owner's config instead of this file.\n` +
    `export default ${JSON.stringify(config, null, 2)};\n`;
}

function signerConfig({ signers }: Host): Settings["signer"] {
  return signers.length > 1 ? signers : signers[0];
}

/** Returns a path relative to the kit's config, if the owner's config has it relative to itself. */
function carried(path: string, configDirectory: string): string {
  return path.startsWith(`${configDirectory}/`) ? path.slice(configDirectory.length + 1) : path;
}

function carriedHooks({ timeLimit, ...commands }: Hooks, configDirectory: string): HooksConfig {
  const carriedOnes = Object.entries(commands)
    .map(([name, command]) => [name, command && carriedCommand(command, configDirectory)]);
  return { ...Object.fromEntries(carriedOnes), timeLimit: `${timeLimit / 1000} s` };
}

/** Returns a command for the kit. A program beside the config keeps a leading `./`, or it would be searched in the PATH. */
function carriedCommand([program, ...args]: Command, configDirectory: string): Command {
  const path = carried(program, configDirectory);
  return [path === program ? program : `./${path}`, ...args];
}

/** Returns a URL for the kit. A URL that is written in the owner's config is copied: the kit is as private as the config. */
function carriedUrl(reference: UrlReference | undefined, configDirectory: string): UrlConfig | undefined {
  if (reference === undefined || "env" in reference) return reference;
  return "url" in reference ? reference.url.reveal() : { file: carried(reference.file, configDirectory) };
}

function keyFile(fingerprint: string): string {
  return `keys/${fingerprint}.asc`;
}

/** Returns the crontab that `schedule --cron` would create on the host, with Deno from the PATH. */
function crontab(host: string): string {
  const start = ["deno", "task", "--quiet", "--config", `${PROGRAM_DIRECTORY}/deno.json`, "backup"];
  const command = [...start, "--config", `${KIT_DIRECTORY}/backup.config.ts`, "--host", host];
  return cronFile({ host, command, path: [], environment: {} });
}

function note(host: string): string {
  const about = `--config ${KIT_DIRECTORY}/backup.config.ts --host ${host}`;
  const program = `${PROGRAM_DIRECTORY}/nightdrop`;
  return [
    `1. Copy this directory to ${host} as ${KIT_DIRECTORY}, readable for root only, and a clone of nightdrop to ${PROGRAM_DIRECTORY}.`,
    `   If nightdrop is installed there in another way, run its command instead of ${program}.`,
    `2. Limit the sandbox: ${program} permissions ${about} --write`,
    `3. Test: ${program} backup ${about} --dry-run; without --dry-run it backs up and prints the signer to pin.`,
    `4. Run it every night: ${program} schedule ${about} --install, or cp ${KIT_DIRECTORY}/crontab /etc/cron.d/nightdrop`,
    `5. Delete your copy of this directory: the credentials are for the host only.`,
  ].join("\n") + "\n";
}

function writeIfOther(file: string, content: Uint8Array): boolean {
  try {
    if (Deno.readFileSync(file).toHex() === content.toHex()) return false;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  replaceFile(file, content, 0o600);
  return true;
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
