/**
 * Entry point for `deno install --global`, which gives all commands one set of permissions: starts the script `nightdrop`
 * beside this file, which starts Deno with the permissions of the command.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("nightdrop", import.meta.url));
const child = new Deno.Command("sh", {
  args: [script, "--as", "nightdrop", ...Deno.args],
  env: { NIGHTDROP_DENO: Deno.execPath() },
}).spawn();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  // A terminal sends its signals to the child too, and a second one would end it at once.
  const isSent = signal !== "SIGTERM" && Deno.stdin.isTerminal();
  Deno.addSignalListener(signal, () => isSent || child.kill(signal));
}
Deno.exit((await child.status).code);
