import { resolve } from "node:path/posix";
import { Misuse } from "../model/failure.ts";
import { OwnerClients } from "../provisioning/owner_clients.ts";
import { emitReader, type ProvisionedReader, provisionReader } from "../provisioning/reading.ts";
import { type UserPlaces, userPlaces } from "../provisioning/user_places.ts";
import { type CommonOptions, environment, type Session } from "./session.ts";
import { countLine, hasKey, keyLines, noteUndone, stepLine } from "./vault_lines.ts";
import { vaultRecord } from "./vault_records.ts";

/** Options that select a reading user. */
export interface ReaderSelection extends CommonOptions {
  readonly credentials?: string;
  readonly user?: string;
}

interface Options extends ReaderSelection {
  readonly apply?: boolean;
  readonly rotate?: boolean;
  readonly finish?: boolean;
  readonly revoke?: boolean;
  readonly ownerCredentials?: string;
  readonly showKey?: boolean;
  readonly emit?: "policy" | "terraform";
}

/** Returns which change of the key the options ask for; undefined for the settings. */
export function onlyOf(
  { revoke, finish, rotate }: Pick<Options, "revoke" | "finish" | "rotate">,
): "revoke" | "finish" | "rotate" | undefined {
  return revoke ? "revoke" : finish ? "finish" : rotate ? "rotate" : undefined;
}

/** Returns the places that the user of the options reads. */
export async function placesOf(
  session: Session,
  host: string | undefined,
  { credentials, store, user }: ReaderSelection,
): Promise<UserPlaces> {
  if (host !== undefined) await session.host(host);
  return userPlaces(await session.hosts(), {
    host,
    store,
    user,
    file: credentials === undefined ? undefined : resolve(credentials),
    configDirectory: resolve(session.configFile, ".."),
  });
}

/** `provision --reader`: sets up the user that reads the backups. */
export async function runReader(session: Session, host: string | undefined, options: Options): Promise<void> {
  const places = await placesOf(session, host, options);
  if (options.emit === "terraform") {
    throw new Misuse("Cannot write Terraform for the reading user", { hint: "Use --emit policy" });
  }
  if (options.emit !== undefined) {
    for (const policy of emitReader(places)) session.output.document(JSON.stringify(policy, null, 2), policy);
    return;
  }
  using owners = new OwnerClients(options.ownerCredentials, environment);
  const { apply = false, showKey = false } = options;
  const each = (step: Parameters<typeof stepLine>[0]): void => session.output.detail(stepLine(step));
  const done = await provisionReader(places, owners, { apply, only: onlyOf(options), each }, session.run);
  const lines = [
    ...done.steps.map((it) => stepLine(it)),
    ...done.keys.flatMap((it) => keyLines(it, showKey)),
    `${done.user}: reads ${done.buckets.join(", ")}: ${countLine(done)}`,
  ];
  session.output.data(lines, { event: "reader", ...done, applied: apply, ...vaultRecord(done, showKey) });
  noteUndone(session.output, done, apply);
  noteConfig(session, places, done);
}

/** Says what to write into the config that takes credentials from the environment. */
function noteConfig(
  { output }: Session,
  { credentials }: UserPlaces,
  { file, keys }: ProvisionedReader,
): void {
  if ("file" in credentials || !hasKey(keys)) return;
  output.say(
    `Add credentials: { file: "${file}" } to the store in your config, so that list, verify and restore use this key`,
  );
}
