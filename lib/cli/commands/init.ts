import type { Command } from "commander";
import { init } from "../../setup/init.ts";
import { act, command } from "../command.ts";
import { newPassphrase, passphraseOption, type PassphraseOptions } from "../identities.ts";
import type { CommonOptions, Session } from "../session.ts";
import { printKeys } from "./keygen.ts";
import { hostName } from "./quickstart.ts";

interface Options extends CommonOptions, PassphraseOptions {
  readonly host?: string;
}

/** `init`: a key pair and a first config. */
export function initCommand(): Command {
  const made = command(
    "init",
    "create a key pair and a commented config",
    "Creates a key pair in keys/ beside the config file, and the config file if it does not exist.",
  ).option("--host <name>", "first host of the config (default: this machine)");
  return passphraseOption(made)
    .example("init --config fleet/backup.config.ts", "keys and config in fleet/")
    .action((options: Options) => act(options, (session) => run(session, options)));
}

async function run(session: Session, options: Options): Promise<void> {
  const secret = await newPassphrase(options);
  const directory = options.config.includes("/")
    ? options.config.slice(0, options.config.lastIndexOf("/")) || "/"
    : ".";
  const made = await init(directory, {
    config: options.config,
    host: options.host ?? hostName(),
    passphrase: secret,
    now: session.run.now(),
  });
  printKeys(session.output, made.keys, secret !== undefined);
  if (made.config !== undefined) {
    session.output.say(`Config       ${made.config}: add your hosts, paths and store`);
  } else {
    session.output.say(`${options.config} exists and is not changed. Set its recipients to:`);
    session.output.say(
      `  recipients: [{ file: "keys/backups.asc", fingerprint: "${made.keys.fingerprint}" }],`,
    );
  }
}
