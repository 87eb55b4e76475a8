/** A fleet of one on a real server: what tests of `provision` begin with. */
import type { Host } from "../../lib/config/types.ts";
import { parseConfig } from "../../lib/config/parse.ts";
import type { Config } from "../../lib/config/settings.ts";
import type { Run } from "../../lib/app/events.ts";
import { OwnerClients } from "../../lib/provisioning/owner_clients.ts";
import { provision, type Provisioned, type ProvisionOptions } from "../../lib/provisioning/provision.ts";
import type { Keys } from "../../scripts/rgw/keys.ts";
import { ADMIN } from "../../scripts/rgw/accounts.ts";
import { withDirectory } from "./directory.ts";
import { owner } from "./owner.ts";

/** The owner's machine. */
export interface Desk {
  readonly directory: string;
  /** The hosts of a config that lies in the directory. */
  hosts(config: Omit<Config, "recipients">): Host[];
  readonly run: Run;
  /** The owner's hands. */
  readonly owners: OwnerClients;
  /** Provisions one host. */
  provision(host: Host, options?: Partial<ProvisionOptions>): Promise<Provisioned>;
  /** Where a host's kit lies. */
  kit(host: Host): string;
}

/** Runs `body` at the desk of an owner with these keys, by default those of RGW's administrator. */
export function withDesk<T>(body: (desk: Desk) => Promise<T>, keys: Keys = ADMIN): Promise<T> {
  return withDirectory(async (directory) => {
    Deno.mkdirSync(`${directory}/keys`);
    Deno.writeTextFileSync(`${directory}/keys/backups.asc`, owner.publicKey);
    Deno.writeTextFileSync(`${directory}/private.asc`, owner.privateKey);
    const run: Run = { report: () => {}, signal: new AbortController().signal, now: () => new Date() };
    using owners = new OwnerClients(undefined, environment(keys));
    const kit = (host: Host): string => `${directory}/kits/${host.name}`;
    return await body({
      directory,
      run,
      owners,
      kit,
      hosts: (config) => {
        const recipients = [{ file: "keys/backups.asc", fingerprint: owner.fingerprint }];
        return [
          ...parseConfig({ jobs: 1, ...config, recipients }, {
            directory,
            stateDirectory: "/var/lib/nightdrop",
          })
            .values(),
        ];
      },
      provision: (host, options = {}) =>
        provision(host, owners, {
          apply: false,
          directory: kit(host),
          configDirectory: directory,
          defaultState: "/var/lib/nightdrop",
          ...options,
        }, run),
    });
  });
}

/** An environment with the owner's credentials and nothing else. */
function environment(keys: Keys): (name: string) => string | undefined {
  return (name) =>
    ({
      NIGHTDROP_OWNER_ACCESS_KEY_ID: keys.accessKeyId,
      NIGHTDROP_OWNER_SECRET_ACCESS_KEY: keys.secretAccessKey,
    })[name];
}

/** Writes keys as an owner would into a kit. */
export function writeCredentials(file: string, { accessKeyId, secretAccessKey }: Keys): void {
  const text = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  Deno.writeTextFileSync(file, text, { mode: 0o600 });
}

/** `name: state` of every step, `made` where it was. */
export function states({ steps }: Provisioned): Record<string, string> {
  return Object.fromEntries(steps.map(({ name, before, made }) => [name, made ? "made" : before.state]));
}

/** States of the settings of a bucket that does not exist. */
export const NEW_BUCKET = {
  "bucket": "missing",
  "public access": "missing",
  "ownership": "missing",
  "versioning": "missing",
  "encryption": "missing",
  "lifecycle": "missing",
  "bucket policy": "missing",
  "identity": "missing",
};
