import { resolve } from "node:path/posix";
import type { Host } from "../config/types.ts";
import { denoCommand, installation } from "../app/installation.ts";
import { Misuse } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";
import type { NamedSet } from "../permissions/sets.ts";
import type { RunContext } from "../app/run_context.ts";
import { sandboxFit } from "../permissions/fit.ts";
import { environment, type Session } from "./session.ts";

/** What the permissions of this process depend on. */
export function circumstances({ configFile }: Session): RunContext {
  return { config: resolve(configFile), uid: Deno.uid(), environment, installation: installation() };
}

/**
 * Refuses to begin without what the host's config needs, for half a backup is no backup, and tells what was granted
 * beyond it.
 *
 * @throws {Misuse} when something is missing.
 */
export async function holdSandbox(session: Session, host: Host, { name, grants }: NamedSet): Promise<void> {
  const { missing, excess, open } = await sandboxFit(grants, name, installation());
  const hint = permissionsHint(session.configFile, ["--host", host.name]);
  if (missing !== "") {
    throw new Misuse(`The sandbox does not grant what the config needs: ${missing}`, { hint: hint });
  }
  if (excess === "") return;
  session.run.report(
    open
      ? { event: "note", text: `The sandbox is not narrowed to this config yet: ${hint}` }
      : { event: "warning", text: `The sandbox grants more than the config needs, ${excess}: ${hint}` },
  );
}

/** Whether it was the sandbox that refused, as far as one can tell from what was thrown. */
export function isRefusal(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  // What an import is refused with is a TypeError.
  const refused = thrown instanceof Deno.errors.NotCapable || /^Requires \w+ access to /.test(thrown.message);
  return refused || isRefusal(thrown.cause);
}

/** The arguments of `permissions` for the host that a command was called for. */
export function hostOption({ host }: { readonly host?: string }): string[] {
  return host === undefined ? [] : ["--host", host];
}

/** What to do about permissions that do not fit the config: the one command that mends it. */
export function permissionsHint(config: string, more: readonly string[]): string {
  const how = installation();
  if (how.kind === "executable") {
    return how.builtFor === undefined
      ? "beside its config the executable reads what is in the same directory: put what the config refers to there"
      : "build the executable anew, with this config";
  }
  const start = how.kind === "clone"
    ? [...denoCommand(), "task", "--config", `${how.directory}/deno.json`]
    : [...denoCommand(), "run", "-R", "-W", "-S", "-E", how.file];
  const args = ["permissions", "--config", resolve(config), ...more, "--write"];
  return `run \`${[...start, ...args].map(shellWord).join(" ")}\``;
}
