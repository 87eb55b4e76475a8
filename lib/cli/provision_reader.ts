import { resolve } from "node:path/posix";
import { emitReader, provisionReader } from "../provisioning/reading.ts";
import { type UserPlaces, userPlaces } from "../provisioning/user_places.ts";
import { emitsPolicy, runUser, type UserOptions, type UserSelection } from "./provision_user.ts";
import type { Session } from "./session.ts";
import { hasKey, stepLine } from "./vault_lines.ts";

/** Returns the places that the user of the options reads. */
export async function placesOf(
  session: Session,
  host: string | undefined,
  { credentials, store, user }: UserSelection,
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
export async function runReader(
  session: Session,
  host: string | undefined,
  options: UserOptions,
): Promise<void> {
  const { output, run } = session;
  const places = await placesOf(session, host, options);
  if (emitsPolicy(options, "the reading user")) {
    for (const policy of emitReader(places)) output.document(JSON.stringify(policy, null, 2), policy);
    return;
  }
  const { file, keys } = await runUser(
    session,
    options,
    (owners, how) => provisionReader(places, owners, how, run),
    { event: "reader", purpose: "reads", lines: ({ steps }) => steps.map((it) => stepLine(it)) },
  );
  // Credentials of the environment do not name a file.
  if ("file" in places.credentials || !hasKey(keys)) return;
  output.say(
    `Add credentials: { file: "${file}" } to the store in your config, so that list, verify and restore use this key`,
  );
}
