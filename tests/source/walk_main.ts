/**
 * A walk as a process of its own, for tests that need another user, other permissions or other mounts. Takes a
 * selection as JSON; prints the entries, the troubles, and what the files hold, each read to its end.
 */
import { openSource } from "../../lib/source/read.ts";
import type { Selection } from "../../lib/model/selection.ts";
import { type SourceEntry, walk } from "../../lib/source/walk.ts";
import type { Trouble } from "../../lib/model/trouble.ts";

/** What is printed. */
export interface Walked {
  readonly entries: SourceEntry[];
  readonly troubles: Trouble[];
  /** Content by member path, in base64; what could not be opened is missing. */
  readonly contents: Record<string, string>;
}

/** Walks, and reads each file. */
function walkAndRead(selection: Selection): Walked {
  const walked: Walked = { entries: [], troubles: [], contents: {} };
  const report = (trouble: Trouble): void => void walked.troubles.push(trouble);
  for (const entry of walk(selection, report)) {
    walked.entries.push(entry);
    if (entry.type !== "file") continue;
    const content = openSource(entry, report);
    if (content === undefined) continue;
    const bytes = new Uint8Array(content.entry.size);
    for (let at = 0; at < bytes.length;) at += content.read(bytes.subarray(at));
    content.close();
    walked.contents[entry.path] = bytes.toBase64();
  }
  return walked;
}

if (import.meta.main) {
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(walkAndRead(JSON.parse(Deno.args[0]!)))));
}
