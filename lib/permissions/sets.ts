import { basename } from "node:path/posix";
import { type Owner, ownerUrls } from "../config/owner.ts";
import type { Host } from "../config/types.ts";
import { replaceFile } from "../disk/replace.ts";
import { textOf } from "../disk/text_of.ts";
import { denoJson, type Installation } from "../app/installation.ts";
import { Misuse, reason } from "../model/failure.ts";
import { type CommandName, commandsOf, LAUNCHES, v8Flag } from "./launch.ts";
import { type SetName, SHIPPED_SETS } from "./shipped_sets.ts";
import type { RunContext } from "../app/run_context.ts";
import {
  backupGrants,
  copyGrants,
  drillGrants,
  expireGrants,
  readerGrants,
  restoreGrants,
  statusGrants,
  uploadGrants,
  withOwnerNotices,
} from "./derive.ts";
import { flags } from "../sandbox/flags.ts";
import type { Grants } from "../sandbox/grants.ts";
import { readMember } from "../sandbox/json_text.ts";
import { permissionSet, writeSet } from "../sandbox/permission_set.ts";

/** Named permission set. */
export interface NamedSet {
  /** Name in `deno.json`. */
  readonly name: SetName;
  /** Commands that run with it. */
  readonly commands: readonly CommandName[];
  /** Permissions that it grants. */
  readonly grants: Grants;
}

/** Returns the set of `backup`. */
export async function backupSet(host: Host, how: RunContext): Promise<NamedSet> {
  return named("host", await backupGrants(host, how));
}

/** Returns the set of `upload`. */
export async function uploadSet(host: Host, how: RunContext): Promise<NamedSet> {
  return named("upload", await uploadGrants(host, how));
}

/** Returns the sets of the commands that run on a host. */
export async function hostSets(host: Host, how: RunContext): Promise<NamedSet[]> {
  return [await backupSet(host, how), await uploadSet(host, how)];
}

/** Returns the sets of the commands that read backups, on the trusted machine. `verify`, `status` and `drill` notify the owner. */
export async function trustedSets(
  hosts: readonly Host[],
  owner: Owner,
  how: RunContext,
): Promise<NamedSet[]> {
  const urls = ownerUrls(owner);
  return [
    named("reader", withOwnerNotices(await readerGrants(hosts, how), urls, how)),
    named("status", withOwnerNotices(await statusGrants(hosts, how), urls, how)),
    named("restore", await restoreGrants(hosts, how)),
    named("expire", expireGrants(hosts, how)),
    named("drill", withOwnerNotices(await drillGrants(hosts, how), urls, how)),
    named("copy", await copyGrants(hosts, how)),
  ];
}

/** Returns a shipped set, which does not depend on the config. */
export function shippedSet(name: SetName): NamedSet {
  return named(name, SHIPPED_SETS[name]);
}

function named(name: SetName, grants: Grants): NamedSet {
  return { name, commands: commandsOf(name), grants };
}

/** Returns a set as flags of `deno run`, and as an object of `deno.json`. */
export function printedSet({ grants }: NamedSet): { readonly flags: string[]; readonly set: object } {
  return { flags: flags(grants), set: permissionSet(grants) };
}

/** Returns all flags of `deno run` for a command: V8 flags and permissions. */
export function launchFlags(command: CommandName, { grants }: NamedSet): string[] {
  return [...v8Flag(LAUNCHES[command]), ...flags(grants)];
}

/** Returns whether this installation has a permission set with this name. */
export async function hasSet(name: SetName, installation: Installation): Promise<boolean> {
  const file = denoJson(installation);
  return file === undefined || await readMember(textOf(file) ?? "{}", ["permissions", name]) !== undefined;
}

/**
 * Writes the sets to the `deno.json` of this installation, and does not change the rest of the file.
 *
 * @returns The path of the file, and whether it was changed.
 * @throws {Misuse} if this is an executable, or the file cannot be read or written.
 */
export async function writeSets(
  sets: readonly NamedSet[],
  installation: Installation,
): Promise<{ readonly file: string; readonly changed: boolean }> {
  const file = denoJson(installation);
  if (file === undefined) {
    throw new Misuse("Cannot write permissions: those of an executable are fixed when it is built", {
      hint: "Build it again with this config",
    });
  }
  const before = installation.kind === "clone"
    ? Deno.readTextFileSync(file)
    : textOf(file) ?? besideScript(installation.file);
  const after = await withSets(before, sets, file);
  if (after !== before) replace(file, after);
  return { file, changed: after !== before };
}

async function withSets(text: string, sets: readonly NamedSet[], file: string): Promise<string> {
  try {
    for (const { name, grants } of sets) text = await writeSet(text, name, grants);
    return text;
  } catch (error) {
    throw new Misuse(`Cannot change "${file}": ${reason(error)}`, { cause: error });
  }
}

/** Returns the first `deno.json` beside a script. With it a config can also import `nightdrop`. */
function besideScript(script: string): string {
  return JSON.stringify({ imports: { nightdrop: `./${basename(script)}` } }, null, 2) + "\n";
}

/** Replaces the file atomically: with half a `deno.json` nothing would start. */
function replace(file: string, text: string): void {
  try {
    replaceFile(file, text, 0o644);
  } catch (error) {
    throw new Misuse(`Cannot write "${file}": ${reason(error)}`, { cause: error });
  }
}
