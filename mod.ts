/**
 * nightdrop: secure backup of servers that nobody trusts.
 *
 * @module
 */
export { Damage, Failure, Interrupted, Locked, Misuse } from "./lib/model/failure.ts";
