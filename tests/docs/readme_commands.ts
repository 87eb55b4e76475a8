/** The commands of the README, and what it tells its readers to change by hand between them. */
import { blocks } from "./blocks.ts";

/** The command that runs all tests. */
export const TEST = "npx --yes deno@2.9.6 task test";

const all = blocks("README.md", "sh").flatMap((block) => block.trim().split("\n"));

/** Whether the README names the command that runs all tests. */
export const namesTest = all.includes(TEST);

/** The other commands, in their order. */
export const commands: readonly string[] = all.filter((command) => command !== TEST);

/**
 * Declares what the second step of the README says in the config that `init` wrote: a path and a store.
 *
 * @param store Path of the store, and on one machine the state directory.
 */
export function declare(config: string, { store, state }: { store: string; state: string }): void {
  const text = Deno.readTextFileSync(config)
    .replace(/^ {2}store: .*$/m, `  store: { kind: "directory", path: "${store}" }, state: "${state}",`)
    .replace(/paths: \[.*\]/, 'paths: ["/etc/passwd", "/etc/group"]');
  Deno.writeTextFileSync(config, text);
}

/** Pins the signing key that the first backup printed, as its fourth step says. */
export function pin(config: string, printed: string): void {
  const [, signer] = /Add (signer: "[0-9a-f]{40}") to /.exec(printed)!;
  const text = Deno.readTextFileSync(config).replace(/^( *)paths: /m, `$1${signer},\n$&`);
  Deno.writeTextFileSync(config, text);
}
