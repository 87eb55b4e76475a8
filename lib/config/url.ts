import { Misuse } from "../model/failure.ts";
import type { Environment } from "./credentials.ts";
import { readPrivateFile } from "./private_file.ts";
import type { UrlReference } from "./types.ts";

/** Returns whether `text` is an http or https URL. */
export function isWebUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/**
 * Returns the URL that a reference points to.
 *
 * @throws {Misuse} if it is missing or not an http or https URL, or if other users can read its file. Messages never
 * contain the URL.
 */
export function resolveUrl(reference: UrlReference, env: Environment): URL {
  const [text, where] = find(reference, env);
  if (!isWebUrl(text)) throw new Misuse(`Cannot find an http or https URL in ${where}`);
  return new URL(text);
}

function find(reference: UrlReference, env: Environment): [text: string, where: string] {
  if ("url" in reference) return [reference.url.reveal(), "the config"];
  if ("env" in reference) {
    return [env(reference.env)?.trim() ?? "", `the environment variable ${reference.env}`];
  }
  return [readPrivateFile(reference.file).trim(), `the file "${reference.file}"`];
}
