import type { Environment } from "../app/stores.ts";
import { resolveCredentials } from "../config/credentials.ts";
import type { CredentialsReference } from "../config/types.ts";
import type { Run } from "../app/events.ts";
import { proxiesOf } from "../store/s3/proxies.ts";
import { type AuditReporter, isAsWanted } from "./audit.ts";
import type { OwnerClients } from "./owner_clients.ts";
import { readerDrifts } from "./reading.ts";
import type { UserPlaces } from "./user_places.ts";

/** Result of an audit of a reading user. */
export interface ReaderAuditResult {
  /** Name of the user at the provider. */
  readonly user: string;
  /** Number of attempts. */
  readonly attempts: number;
  /** Number of attempts with a wrong result. */
  readonly wrong: number;
  /** Number of settings that differ from what they should be; undefined if they were not compared. */
  readonly drifts: number | undefined;
  /** Number of those settings that let the user do more or less than read. */
  readonly broken: number;
}

/** Options of {@link auditReader}. */
export interface ReaderAuditRequest {
  readonly places: UserPlaces;
  /** Location of the user's credentials. Default: that of the config. */
  readonly credentials?: CredentialsReference | undefined;
  /** Clients with the owner's credentials, to compare the policy. Default: no comparison. */
  readonly owners?: OwnerClients | undefined;
}

/**
 * Tries with the credentials of a reading user what readers need and what an intruder would try, and checks that it can list
 * and read, and nothing else. It stores nothing. Then, with the owner's credentials, compares the policy of the user.
 *
 * @throws {Misuse} if credentials are missing.
 * @throws {StoreError} if the server cannot be reached, or a bucket does not exist.
 */
export async function auditReader(
  { places, credentials = places.credentials, owners }: ReaderAuditRequest,
  env: Environment,
  reported: AuditReporter,
  run: Run,
): Promise<ReaderAuditResult> {
  const own = { credentials: resolveCredentials(credentials, { env }), proxies: proxiesOf(env) };
  const count = { attempts: 0, wrong: 0, drifts: 0, broken: 0 };
  // The SDK is slow to load, so it is loaded only when it is used.
  const { readingAttempts } = await import("../store/audit/reading_attempts.ts");
  for await (const attempt of readingAttempts(places.stores.map((it) => ({ ...it, ...own })), places.user)) {
    run.signal.throwIfAborted();
    count.attempts += 1;
    if (!isAsWanted(attempt)) count.wrong += 1;
    reported.attempt(attempt);
  }
  for (const drift of owners === undefined ? [] : await readerDrifts(places, owners)) {
    count.drifts += 1;
    if (drift.broken) count.broken += 1;
    reported.drift(drift);
  }
  return { user: places.user, ...count, drifts: owners && count.drifts };
}
