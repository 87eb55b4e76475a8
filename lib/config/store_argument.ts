import { resolve } from "node:path/posix";
import { exists } from "../disk/exists.ts";
import { Misuse } from "../model/failure.ts";
import { bucketFault } from "./bucket.ts";
import type { Environment } from "./credentials.ts";
import type { CredentialsReference, S3Store, Store } from "./types.ts";

const BUCKET_FORM = "Write s3://BUCKET/PREFIX?region=REGION&endpoint=URL";

const FORM = "Give a directory, or s3://BUCKET/PREFIX?region=REGION&endpoint=URL";

/** Settings that the URL of a bucket may have. */
const SETTINGS = ["region", "endpoint"];

/** Variables that {@linkcode storeOfArgument} and its credentials are read from. */
export const STORE_VARIABLES = [
  "AWS_ACCESS_KEY_ID",
  "AWS_DEFAULT_REGION",
  "AWS_REGION",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_SHARED_CREDENTIALS_FILE",
  "HOME",
];

/**
 * Returns the value of `--store` as a URL of a bucket or an absolute path, also for a `file:` URL. A path begins at `from`.
 *
 * @throws {Misuse} if it looks like a URL and is none, unless there is a directory with this name.
 */
export function placeOfArgument(text: string, from: string): string {
  const [, scheme, slashes] = /^([A-Za-z][A-Za-z0-9+.-]*):(\/*)/.exec(text) ?? [];
  if (scheme?.toLowerCase() === "file") return pathOf(text);
  if (text === "" || slashes?.startsWith("//")) return text;
  const path = resolve(from, text);
  if (scheme === undefined || exists(path)) return path;
  throw refused(
    `"${scheme}:" must be followed by two slashes`,
    scheme.toLowerCase() === "s3" ? BUCKET_FORM : FORM,
  );
}

/** Returns the path of a URL such as `file:///mnt/backups`. */
function pathOf(text: string): string {
  const url = /^file:\/(?:\/\/)?(?!\/)/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.search !== "" || url.hash !== "") {
    throw refused("the file URL is malformed", "Give a path, or file:///PATH");
  }
  return decoded(url.pathname);
}

/**
 * Returns the store that `--store` names: a directory, or `s3://bucket/prefix?region=…&endpoint=…`. Its credentials are those
 * of the AWS tools: the variables `AWS_ACCESS_KEY_ID` and so on, else the profile `[default]` of the file
 * `AWS_SHARED_CREDENTIALS_FILE` or `~/.aws/credentials`.
 *
 * @param text Absolute path, or URL.
 * @throws {Misuse} if it is anything else. The message does not show a URL, which may contain a secret.
 */
export function storeOfArgument(text: string, env: Environment): Store {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1];
  if (scheme === undefined) {
    if (text === "") throw refused("it is empty");
    return { kind: "directory", path: text };
  }
  if (scheme.toLowerCase() !== "s3") throw refused(`${scheme}:// is not supported`);
  const [, bucket = "", path = "", query = ""] = /^[^:]+:\/\/([^/?#]*)\/?([^?#]*)\??([^#]*)$/.exec(text) ??
    [];
  if (bucket.includes("@")) {
    throw refused("it contains credentials", "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead");
  }
  const fault = bucket === "" ? "has no name" : bucketFault(bucket);
  if (fault !== undefined) throw refused(`the bucket ${fault}`);
  return {
    ...BUCKET,
    bucket,
    prefix: prefixOf(path),
    ...placeOf(query, env),
    credentials: credentialsOf(env),
  };
}

/**
 * Checks that the credentials of a bucket are there.
 *
 * @throws {Misuse} if neither variables nor the file of the AWS tools contain any.
 */
export function requireCredentials(store: Store, env: Environment): void {
  if (store.kind === "directory") return;
  const { credentials } = store;
  if ("file" in credentials ? exists(credentials.file) : env("AWS_ACCESS_KEY_ID")) return;
  throw new Misuse("Cannot find credentials for the store", {
    hint:
      "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write them to ~/.aws/credentials below [default]",
  });
}

const BUCKET = { kind: "s3", vault: undefined, storageClass: undefined, objectLock: undefined } as const;

function prefixOf(path: string): string {
  const prefix = decoded(path).replace(/\/$/, "");
  if (prefix === "") return "";
  if (prefix.split("/").some((name) => ["", ".", ".."].includes(name))) {
    throw refused('the prefix has an empty, "." or ".." directory');
  }
  return prefix;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw refused('it has a "%" that is not followed by two hexadecimal digits. Write %25 for a "%"');
  }
}

function placeOf(query: string, env: Environment): Pick<S3Store, "region" | "endpoint"> {
  const settings = new URLSearchParams(query);
  for (const name of settings.keys()) {
    if (!SETTINGS.includes(name)) {
      throw refused(
        `it has a setting other than ${SETTINGS.join(" and ")}`,
        "Quote the URL if your shell needs it",
      );
    }
    if (settings.getAll(name).length > 1) throw refused(`it has two settings "${name}"`);
  }
  const endpoint = endpointOf(settings.get("endpoint"));
  const region = settings.get("region") || env("AWS_REGION") || env("AWS_DEFAULT_REGION");
  if (!region && endpoint === undefined) {
    throw refused(
      "the region is missing",
      "Add ?region=eu-central-1, or set AWS_REGION; quote the URL for your shell",
    );
  }
  if (region && !/^[A-Za-z0-9-]+$/.test(region)) {
    throw refused("the region has other characters than a-z, 0-9 and -");
  }
  return { region: region || "us-east-1", endpoint };
}

function endpointOf(text: string | null): string | undefined {
  if (text === null || text === "") return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isServer = url !== undefined && /^https?:$/.test(url.protocol) && !/[@?#]/.test(text) &&
    url.pathname === "/";
  if (!isServer) throw refused("the endpoint must be a server, such as https://s3.example.org:9000");
  return url.origin;
}

function credentialsOf(env: Environment): CredentialsReference {
  if (env("AWS_ACCESS_KEY_ID")) return { env: "AWS" };
  const home = env("HOME");
  const file = env("AWS_SHARED_CREDENTIALS_FILE") ||
    (home?.startsWith("/") ? `${home}/.aws/credentials` : undefined);
  return file === undefined ? { env: "AWS" } : { file };
}

function refused(why: string, hint: string = FORM): Misuse {
  return new Misuse(`Cannot use the --store: ${why}`, { hint });
}
