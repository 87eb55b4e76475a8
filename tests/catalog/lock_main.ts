/** Takes the lock of a state directory, starts a program that outlives it, prints that one's number, and waits. */
import { openState } from "../../lib/catalog/state.ts";

using _ = openState(Deno.args[0]!, new Date());
const child = new Deno.Command("sleep", { args: ["60"], stdout: "null", stderr: "null" }).spawn();
Deno.stdout.writeSync(new TextEncoder().encode(String(child.pid)));
await child.status;
