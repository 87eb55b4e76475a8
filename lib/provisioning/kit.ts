import { isDeepStrictEqual } from "node:util";
import { DEFAULT_ALERTS } from "../config/alerts.ts";
import type { Command, HooksConfig, Settings, UrlConfig } from "../config/settings.ts";
import type { Hooks, Host, UrlReference } from "../config/types.ts";
import { replaceFile } from "../disk/replace.ts";
import { textOf } from "../disk/text_of.ts";
import { refuseExposed } from "../disk/trust.ts";
import type { Run } from "../app/events.ts";
import { pinnedRecipients } from "../app/keys.ts";
import { bucketOf } from "./owner_clients.ts";
import { cronFile } from "../schedule/cron.ts";

/** The kit's file of credentials, beside its config. */
export const CREDENTIALS_FILE = "credentials";

/** What the owner's config says by way of where it lies, which is not where the kit will lie. */
export interface KitOptions {
  /** Absolute directory of the kit: it holds what one host needs, and names no other. */
  readonly directory: string;
  /** Absolute directory of the owner's config. */
  readonly configDirectory: string;
  /** What `state` is on this machine where the config does not say. */
  readonly defaultState: string;
}

/** Where the note tells people to put nightdrop and the kit. */
const PROGRAM_DIRECTORY = "/opt/nightdrop";
const KIT_DIRECTORY = "/etc/nightdrop";

/**
 * Writes the directory to carry to a host, but for its credentials: a config with this host's entry alone, the public
 * keys, a line for cron and a note. Gives the names of the files that were not there or were other.
 *
 * @throws {Misuse} when a recipient's key cannot be used: what cannot be sealed to is not carried about.
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

/** Returns `store.vault` of the kit that is there; null where its config has none, undefined where there is no config. */
export function identityInKit(directory: string): string | null | undefined {
  const text = textOf(`${directory}/backup.config.ts`);
  return text === undefined ? undefined : /^ *"vault": "([0-9a-f]{32})"/m.exec(text)?.[1] ?? null;
}

/** The config for the host: every setting that its entry has, in the form in which one writes it. */
export function kitConfig(
  host: Host,
  { configDirectory, defaultState }: Omit<KitOptions, "directory">,
): string {
  const { bucket, region, endpoint, prefix, vault, storageClass } = bucketOf(host);
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
      credentials: { file: CREDENTIALS_FILE },
    },
    retention: host.retention,
    attributes: host.attributes ? undefined : false,
    compression: host.compression,
    partSize: host.partSize,
    jobs: host.jobs,
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
  return `// What ${host.name} needs to back itself up. Written by provision: change the owner's config instead.\n` +
    `export default ${JSON.stringify(config, null, 2)};\n`;
}

function signerConfig({ signers }: Host): Settings["signer"] {
  return signers.length > 1 ? signers : signers[0];
}

/** A path that the owner wrote relative to his config is meant relative to the host's. */
function carried(path: string, configDirectory: string): string {
  return path.startsWith(`${configDirectory}/`) ? path.slice(configDirectory.length + 1) : path;
}

function carriedHooks({ timeLimit, ...commands }: Hooks, configDirectory: string): HooksConfig {
  const carriedOnes = Object.entries(commands)
    .map(([name, command]) => [name, command && carriedCommand(command, configDirectory)]);
  return { ...Object.fromEntries(carriedOnes), timeLimit: `${timeLimit / 1000} s` };
}

/** A program beside the config stays one: without the dot it would be looked for on the PATH. */
function carriedCommand([program, ...args]: Command, configDirectory: string): Command {
  const path = carried(program, configDirectory);
  return [path === program ? program : `./${path}`, ...args];
}

/** A URL that the owner's config holds goes along: the kit is as private as the config was. */
function carriedUrl(reference: UrlReference | undefined, configDirectory: string): UrlConfig | undefined {
  if (reference === undefined || "env" in reference) return reference;
  return "url" in reference ? reference.url.reveal() : { file: carried(reference.file, configDirectory) };
}

function keyFile(fingerprint: string): string {
  return `keys/${fingerprint}.asc`;
}

/** As `schedule --cron` would make it on the host, with Deno wherever it is there. */
function crontab(host: string): string {
  const start = ["deno", "task", "--quiet", "--config", `${PROGRAM_DIRECTORY}/deno.json`, "backup"];
  const command = [...start, "--config", `${KIT_DIRECTORY}/backup.config.ts`, "--host", host];
  return cronFile({ host, command, path: [], environment: {} });
}

function note(host: string): string {
  const about = `--config ${KIT_DIRECTORY}/backup.config.ts --host ${host}`;
  return [
    `Carry this directory to ${host} as ${KIT_DIRECTORY}, a clone of nightdrop as ${PROGRAM_DIRECTORY}; only root may read it.`,
    `Narrow the sandbox: cd ${PROGRAM_DIRECTORY} && deno task permissions ${about} --write`,
    `Look: deno task backup ${about} --dry-run; without --dry-run it backs up and prints the signer to pin.`,
    `Every night: deno task schedule ${about} --install, or cp ${KIT_DIRECTORY}/crontab /etc/cron.d/nightdrop`,
    `Then delete your copy: the credentials are the host's.`,
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
