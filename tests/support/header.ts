import { headerOf } from "../../lib/archive/header.ts";
import type { Entry } from "../../lib/model/entry.ts";

/** A header of its own, which the next one does not overwrite. */
export function encodeHeader(entry: Entry): Uint8Array<ArrayBuffer> {
  return headerOf(entry).slice();
}
