import { resolve } from "node:path/posix";
import type { Host } from "../config/types.ts";
import { installation } from "../app/installation.ts";
import { Misuse } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";
import type { NamedSet } from "../permissions/sets.ts";
import { asStarted } from "./invocation.ts";
import type { RunContext } from "../app/run_context.ts";
import { sandboxFit } from "../permissions/fit.ts";
import { environment, type Session } from "./session.ts";

/** Returns the values that the permissions of this process depend on. */
export function runContext({ configFile }: Session): RunContext {
  return { config: resolve(configFile), uid: Deno.uid(), environment, installation: installation() };
}

/**
 * Checks before a run that the sandbox grants what the host's config needs, and reports permissions beyond that.
 *
 * @throws {Misuse} if a permission is missing.
 */
export async function checkSandbox(session: Session, host: Host, { name, grants }: NamedSet): Promise<void> {
  const { missing, excess, open } = await sandboxFit(grants, name, installation());
  const hint = permissionsHint(session.configFile, ["--host", host.name]);
  if (missing !== "") {
    throw new Misuse(`The sandbox does not grant what the config needs: ${missing}`, { hint });
  }
  if (excess === "") return;
  session.run.report(
    open
      ? { event: "note", text: `The sandbox is not narrowed to this config yet: ${hint}` }
      : { event: "warning", text: `The sandbox grants more than the config needs, ${excess}: ${hint}` },
  );
}

/** Returns whether an error was caused by a missing permission. */
export function isRefusal(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  // A refused import throws a TypeError.
  const refused = thrown instanceof Deno.errors.NotCapable || /^Requires \w+ access to /.test(thrown.message);
  return refused || isRefusal(thrown.cause);
}

/** Returns the arguments of `permissions` that name the host of this command. */
export function hostOption({ host }: { readonly host?: string }): string[] {
  return host === undefined ? [] : ["--host", host];
}

/** Returns the command to run when the permissions do not match the config. */
export function permissionsHint(config: string, more: readonly string[]): string {
  const how = installation();
  if (how.kind === "executable") {
    return how.builtFor === undefined
      ? "the executable can read only the directory of its config: move the files that the config names there"
      : "build the executable again with this config";
  }
  const args = ["--config", resolve(config), ...more, "--write"];
  return asStarted(`run \`nightdrop permissions ${args.map(shellWord).join(" ")}\``);
}
