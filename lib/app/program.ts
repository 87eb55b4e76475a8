/** The version of nightdrop: that of `deno.json`, which a test compares. */
export const VERSION = "0.1.0";

/** How nightdrop names itself in receipts and to servers. */
export const PROGRAM = `nightdrop/${VERSION}`;
