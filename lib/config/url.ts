import { Misuse } from "../model/failure.ts";
import type { Environment } from "./credentials.ts";
import { readPrivateFile } from "./private_file.ts";
import type { UrlReference } from "./types.ts";

/** Whether `text` is an http or https URL. */
export function isWebUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/**
 * Fetches the URL that a reference stands for.
 *
 * @throws {Misuse} when it is missing or none, or when others can read its file. No message holds it.
 */
export function resolveUrl(reference: UrlReference, env: Environment): URL {
  const [text, where] = find(reference, env);
  if (!isWebUrl(text)) throw new Misuse(`There is no http or https URL in ${where}`);
  return new URL(text);
}

function find(reference: UrlReference, env: Environment): [text: string, where: string] {
  if ("url" in reference) return [reference.url.reveal(), "the config"];
  if ("env" in reference) {
    return [env(reference.env)?.trim() ?? "", `the environment variable ${reference.env}`];
  }
  return [readPrivateFile(reference.file).trim(), `the file "${reference.file}"`];
}
