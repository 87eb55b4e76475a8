import { resolve } from "node:path/posix";
import type { Host } from "../config/types.ts";
import { Misuse } from "../model/failure.ts";
import { type CopyPlaces, copyPlaces } from "../provisioning/copy_places.ts";
import { OwnerClients } from "../provisioning/owner_clients.ts";
import { emitWriter, type ProvisionedWriter, provisionWriter } from "../provisioning/writing.ts";
import { onlyOf } from "./provision_reader.ts";
import { storeLines } from "./store_lines.ts";
import { type CommonOptions, environment, Session } from "./session.ts";
import { countLine, hasKey, keyLines, noteUndone, stepLine } from "./vault_lines.ts";
import { vaultRecord } from "./vault_records.ts";

/** Options that select a user who puts copies. */
export interface WriterSelection extends CommonOptions {
  readonly store: string;
  readonly credentials?: string;
  readonly user?: string;
}

interface Options extends WriterSelection {
  readonly apply?: boolean;
  readonly rotate?: boolean;
  readonly finish?: boolean;
  readonly revoke?: boolean;
  readonly ownerCredentials?: string;
  readonly showKey?: boolean;
  readonly emit?: "policy" | "terraform";
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
  options: WriterSelection,
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
export async function runWriter(session: Session, host: string | undefined, options: Options): Promise<void> {
  const places = await writerPlaces(session, host, options);
  if (options.emit === "terraform") {
    throw new Misuse("Cannot write Terraform for a mirror or for pins", { hint: "Use --emit policy" });
  }
  if (options.emit !== undefined) {
    const settings = await emitWriter(places);
    return session.output.document(JSON.stringify(settings, null, 2), settings);
  }
  using owners = new OwnerClients(options.ownerCredentials, environment);
  const { apply = false, showKey = false } = options;
  const each = (step: Parameters<typeof stepLine>[0]): void => session.output.detail(stepLine(step));
  const done = await provisionWriter(places, owners, { apply, only: onlyOf(options), each }, session.run);
  const lines = [
    ...storeLines(done),
    ...done.keys.flatMap((it) => keyLines(it, showKey)),
    `${done.user}: puts into ${done.buckets.join(", ")}: ${countLine(done)}`,
  ];
  session.output.data(lines, { event: "writer", ...done, applied: apply, ...vaultRecord(done, showKey) });
  noteUndone(session.output, done, apply);
  noteConfig(session, places, done);
}

/** Says what to write into the config that does not name the file. */
function noteConfig(
  { output }: Session,
  { store, isNamed }: CopyPlaces,
  { file, keys }: ProvisionedWriter,
): void {
  if (isNamed || !hasKey(keys)) return;
  output.say(`Add putCredentials: { file: "${file}" } to ${store} in your config, so that this key is used`);
}
