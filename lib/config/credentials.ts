import { Misuse } from "../model/failure.ts";
import { Secret } from "../model/secret.ts";
import { parseCredentialsFile } from "./credentials_file.ts";
import { readPrivateFile } from "./private_file.ts";
import type { CredentialsReference } from "./types.ts";

/** Credentials that sign requests to a store. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret;
}

/** Returns the value of an environment variable, or undefined if it is not set. */
export type Environment = (name: string) => string | undefined;

/** Values as they were read, unchecked. */
interface Found {
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
  readonly sessionToken: string | undefined;
}

/**
 * Returns the credentials that a reference points to.
 *
 * @throws {Misuse} if they are missing or malformed, or if other users can read the file. Messages contain no values.
 */
export function resolveCredentials(
  reference: CredentialsReference,
  { env }: { readonly env: Environment },
): Credentials {
  return "env" in reference ? fromEnvironment(reference.env, env) : fromFile(reference.file);
}

function fromEnvironment(prefix: string, env: Environment): Credentials {
  const found = {
    accessKeyId: env(`${prefix}_ACCESS_KEY_ID`),
    secretAccessKey: env(`${prefix}_SECRET_ACCESS_KEY`),
    sessionToken: env(`${prefix}_SESSION_TOKEN`),
  };
  return complete(found, "environment", {
    hint: `Set ${prefix}_ACCESS_KEY_ID and ${prefix}_SECRET_ACCESS_KEY, ` +
      "or change store.credentials in the config to another { env } or to a { file }",
  });
}

function fromFile(file: string): Credentials {
  const settings = parseCredentialsFile(readPrivateFile(file), file);
  const found = {
    accessKeyId: settings.get("aws_access_key_id"),
    secretAccessKey: settings.get("aws_secret_access_key"),
    sessionToken: settings.get("aws_session_token"),
  };
  return complete(found, `file "${file}"`, {
    hint: "Add aws_access_key_id and aws_secret_access_key below [default]",
  });
}

function complete(found: Found, where: string, { hint }: { hint: string }): Credentials {
  const { accessKeyId, secretAccessKey, sessionToken } = found;
  if (!accessKeyId) throw new Misuse(`Cannot find an access key ID in the ${where}`, { hint });
  if (!secretAccessKey) throw new Misuse(`Cannot find a secret access key in the ${where}`, { hint });
  for (const [what, value] of Object.entries({ accessKeyId, secretAccessKey, sessionToken })) {
    // They are sent in HTTP headers. Blanks around them come from an editor or a shell.
    if (value !== undefined && !/^[\x21-\x7e]*$/.test(value)) {
      throw new Misuse(
        `Cannot use the ${LABEL[what]} in the ${where}: it has a space or a character that is not ASCII`,
      );
    }
  }
  return {
    accessKeyId,
    secretAccessKey: new Secret(secretAccessKey),
    ...(sessionToken ? { sessionToken: new Secret(sessionToken) } : {}),
  };
}

const LABEL: Readonly<Record<string, string>> = {
  accessKeyId: "access key ID",
  secretAccessKey: "secret access key",
  sessionToken: "session token",
};
