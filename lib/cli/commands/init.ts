import type { Command } from "commander";
import { dirname, resolve } from "node:path/posix";
import { DEFAULT_CONFIG } from "../../app/hosts.ts";
import { installation } from "../../app/installation.ts";
import { typesModule } from "../../app/types_module.ts";
import { configDirectory } from "../../config/config_directory.ts";
import { Misuse } from "../../model/failure.ts";
import { shellWord } from "../../model/shell.ts";
import { init, type Initialised } from "../../setup/init.ts";
import { act, command } from "../command.ts";
import { newPassphrase, passphraseOption, type PassphraseOptions } from "../identities.ts";
import { asStarted } from "../invocation.ts";
import { type CommonOptions, environment, type Output, type Session } from "../session.ts";
import { printKeys } from "./keygen.ts";
import { hostName } from "./quickstart.ts";

interface Options extends CommonOptions, PassphraseOptions {
  readonly host?: string;
  readonly inGit?: boolean;
}

/** `init`: a key pair and a first config. */
export function initCommand(): Command {
  const made = command(
    "init",
    "create a key pair and a commented config",
    "Creates a directory with the config, if there is none, a key pair in keys/ and a .gitignore. Run it on a machine " +
      "that you trust, in a directory that is not a clone of anything.",
  )
    .argument("[directory]", "directory for config and keys (default: ~/.config/nightdrop)")
    .option("--host <name>", "first host of the config (default: this machine)")
    .option("--in-git", "create them in a work tree of git");
  return passphraseOption(made)
    .example("init", "config and keys in ~/.config/nightdrop")
    .example("init fleet --host web1.example.org", "in ./fleet, for another machine")
    .action((directory: string | undefined, options: Options, made: Command) =>
      act(options, (session) => run(session, configOf(directory, options, made), options))
    );
}

/**
 * Returns the absolute path of the config: `--config`, in the named directory, or in that of the user, where the launchers
 * look for a config. A command line of Deno looks in the current directory alone.
 */
function configOf(directory: string | undefined, { config }: Options, made: Command): string {
  if (made.getOptionValueSource("config") !== "default") return resolve(config);
  const isLaunched = made.optsWithGlobals<{ foundConfig?: string }>().foundConfig !== undefined;
  const place = directory ?? (isLaunched ? configDirectory(environment) : ".");
  if (place !== undefined) return `${resolve(place)}/${DEFAULT_CONFIG}`;
  throw new Misuse("Cannot find a directory for the config: HOME is not set", {
    hint: "Run: nightdrop init DIRECTORY",
  });
}

async function run(session: Session, config: string, options: Options): Promise<void> {
  const secret = await newPassphrase(options);
  const directory = dirname(config);
  const made = await init(directory, {
    config,
    host: options.host ?? hostName(),
    passphrase: secret,
    types: typesModule(installation(), directory),
    inGit: options.inGit ?? false,
    now: session.run.now(),
  });
  printKeys(session.output, made.keys, secret !== undefined);
  printConfig(session.output, config, made);
  printCare(session.output, made);
}

function printConfig(output: Output, path: string, { keys, config }: Initialised): void {
  if (config !== undefined) return output.say(`Config       ${config}: add your hosts, paths and store`);
  output.say(`${path} exists and is not changed. Set its recipients to:`);
  output.say(`  recipients: [{ file: "keys/backups.asc", fingerprint: "${keys.fingerprint}" }],`);
}

/** Prints how to take the private key off-line. */
function printCare(output: Output, { keys }: Initialised): void {
  const file = shellWord(keys.privateFile);
  for (
    const line of [
      "",
      "Take the private key off-line: copy it to two media, compare the copies, then remove it here:",
      `  cp ${file} /media/usb1/ && cmp ${file} /media/usb1/backups.private.asc`,
      `  shred -u ${file}`,
      "Or keep it on paper as well: it is short enough to be typed or scanned.",
      `  lp ${file}     or as a QR code:  qrencode -r ${file} -o key.png`,
      "",
      asStarted(
        `Next: edit the config, then run nightdrop provision HOST (bucket) or nightdrop backup (directory).`,
      ),
    ]
  ) output.say(line);
}
