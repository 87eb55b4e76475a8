/** Reads or begins the marker of a directory as a user who is not root, and prints what came of it. */
import process from "node:process";
import { directoryMarker } from "../../lib/store/directory/directory.ts";

const [call, path = ""] = Deno.args;
if (Deno.uid() === 0) {
  process.setgid!(65534);
  process.setuid!(65534);
}
const marker = directoryMarker(path);
const { identity, message, hint, kind } = await (call === "read" ? marker.read() : marker.begin(false))
  .then((identity) => ({ identity, message: undefined, hint: undefined, kind: undefined }), (error) => error);
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify({ identity, message, hint, kind })));
