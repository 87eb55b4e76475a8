/** Version of nightdrop. A test compares it with `deno.json`. */
export const VERSION = "0.1.0";

/** Name and version in receipts and in requests to servers. */
export const PROGRAM = `nightdrop/${VERSION}`;
