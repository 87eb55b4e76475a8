/** Walks the directory of its argument with a thread ahead, and leaves the walk after three entries. */
import { readAhead } from "../../lib/backup/read_ahead.ts";
import type { FittedHost } from "../../lib/backup/memory_profile.ts";
import { walkWithGaps } from "../../lib/source/walk.ts";
import { pause } from "../../lib/workers/pause.ts";
import { select } from "../source/walking.ts";

const selection = select([Deno.args[0]!]);
const host = {
  selection,
  jobs: 2,
  name: "a",
  state: "/nowhere",
  store: { kind: "s3" },
} as unknown as FittedHost;
const ahead = readAhead(host, { entries: Infinity })!;
let found = 0;
for (const entry of walkWithGaps(selection, () => {}, { ahead })) {
  if (entry === undefined) await pause();
  else found += 1;
  if (found === 3) break;
}
Deno.stdout.writeSync(new TextEncoder().encode(`${found}`));
