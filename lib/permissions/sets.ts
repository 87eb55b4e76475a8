import { basename } from "node:path/posix";
import type { Host } from "../config/types.ts";
import { replaceFile } from "../disk/replace.ts";
import { textOf } from "../disk/text_of.ts";
import { denoJson, type Installation } from "../app/installation.ts";
import { Misuse, reason } from "../model/failure.ts";
import { type CommandName, commandsOf, LAUNCHES, v8Flag } from "./launch.ts";
import { type SetName, SHIPPED_SETS } from "./shipped_sets.ts";
import type { RunContext } from "../app/run_context.ts";
import { backupGrants, readerGrants, restoreGrants, statusGrants, uploadGrants } from "./derive.ts";
import { flags } from "../sandbox/flags.ts";
import type { Grants } from "../sandbox/grants.ts";
import { readMember } from "../sandbox/json_text.ts";
import { permissionSet, writeSet } from "../sandbox/permission_set.ts";

/** One named set of permissions. */
export interface NamedSet {
  /** As `deno.json` calls it. */
  readonly name: SetName;
  /** The commands that run with it. */
  readonly commands: readonly CommandName[];
  /** What it grants. */
  readonly grants: Grants;
}

/** The set of `backup`. */
export async function backupSet(host: Host, how: RunContext): Promise<NamedSet> {
  return named("host", await backupGrants(host, how));
}

/** The set of `upload`. */
export async function uploadSet(host: Host, how: RunContext): Promise<NamedSet> {
  return named("upload", await uploadGrants(host, how));
}

/** The sets of the commands that run on a host. */
export async function hostSets(host: Host, how: RunContext): Promise<NamedSet[]> {
  return [await backupSet(host, how), await uploadSet(host, how)];
}

/** The sets of the commands that read backups, on the trusted side. */
export async function trustedSets(hosts: readonly Host[], how: RunContext): Promise<NamedSet[]> {
  return [
    named("reader", await readerGrants(hosts, how)),
    named("status", await statusGrants(hosts, how)),
    named("restore", await restoreGrants(hosts, how)),
  ];
}

/** A set that does not follow from the config. */
export function shippedSet(name: SetName): NamedSet {
  return named(name, SHIPPED_SETS[name]);
}

function named(name: SetName, grants: Grants): NamedSet {
  return { name, commands: commandsOf(name), grants };
}

/** A set as people and scripts want it: as flags of `deno run`, and as `deno.json` has it. */
export function printedSet({ grants }: NamedSet): { readonly flags: string[]; readonly set: object } {
  return { flags: flags(grants), set: permissionSet(grants) };
}

/** All flags of `deno run` that a command is started with: of V8, and what a set grants. */
export function launchFlags(command: CommandName, { grants }: NamedSet): string[] {
  return [...v8Flag(LAUNCHES[command]), ...flags(grants)];
}

/** Whether a run of this installation finds a set of permissions by its name. */
export async function hasSet(name: SetName, installation: Installation): Promise<boolean> {
  const file = denoJson(installation);
  return file === undefined || await readMember(textOf(file) ?? "{}", ["permissions", name]) !== undefined;
}

/**
 * Writes the sets into the `deno.json` of this installation, and leaves all else in it as it was written.
 *
 * @returns The file, and whether anything had to be changed.
 * @throws {Misuse} when there is none to write to, or what is there is not understood.
 */
export async function writeSets(
  sets: readonly NamedSet[],
  installation: Installation,
): Promise<{ readonly file: string; readonly changed: boolean }> {
  const file = denoJson(installation);
  if (file === undefined) {
    throw new Misuse("An executable brings its permissions along: they cannot be written", {
      hint: "Build it anew with this config",
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

/** The `deno.json` beside a script that has none: a config may then import `nightdrop`, too. */
function besideScript(script: string): string {
  return JSON.stringify({ imports: { nightdrop: `./${basename(script)}` } }, null, 2) + "\n";
}

/** A file of which half was written would let nothing start any more. */
function replace(file: string, text: string): void {
  try {
    replaceFile(file, text, 0o644);
  } catch (error) {
    throw new Misuse(`Cannot write "${file}": ${reason(error)}`, { cause: error });
  }
}
