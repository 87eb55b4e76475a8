import { resolve } from "node:path/posix";
import type { Host } from "../config/types.ts";
import { type CopyPlaces, copyPlaces } from "../provisioning/copy_places.ts";
import { emitWriter, provisionWriter } from "../provisioning/writing.ts";
import { emitsPolicy, runUser, type UserOptions, type UserSelection } from "./provision_user.ts";
import { storeLines } from "./store_lines.ts";
import { type CommonOptions, Session } from "./session.ts";
import { hasKey } from "./vault_lines.ts";

/** Name of the store with copies, as an option. */
interface StoreOption {
  readonly store: string;
}

/** Returns the hosts of the config: `--store` names a store to set up here, not one to read. */
export async function configHosts(
  session: Session,
  options: CommonOptions,
): Promise<ReadonlyMap<string, Host>> {
  const { store: _, ...others } = options;
  return await new Session(others, session.run.signal, session.output).hosts();
}

/** Returns the places that the user of the options puts into. */
export async function writerPlaces(
  session: Session,
  host: string | undefined,
  options: UserSelection & StoreOption,
): Promise<CopyPlaces> {
  const { store, user, credentials } = options;
  return copyPlaces(await configHosts(session, options), store, {
    host,
    user,
    file: credentials === undefined ? undefined : resolve(credentials),
    configDirectory: resolve(session.configFile, ".."),
  });
}

/** `provision --store`: sets up the buckets of a mirror or of pins, and the user who puts there. */
export async function runWriter(
  session: Session,
  host: string | undefined,
  options: UserOptions & StoreOption,
): Promise<void> {
  const { output, run } = session;
  const places = await writerPlaces(session, host, options);
  if (emitsPolicy(options, "a mirror or for pins")) {
    const settings = await emitWriter(places);
    return output.document(JSON.stringify(settings, null, 2), settings);
  }
  const { file, keys } = await runUser(
    session,
    options,
    (owners, how) => provisionWriter(places, owners, how, run),
    { event: "writer", purpose: "puts into", lines: storeLines },
  );
  if (places.isNamed || !hasKey(keys)) return;
  output.say(
    `Add putCredentials: { file: "${file}" } to ${places.store} in your config, so that this key is used`,
  );
}
