import { createHash } from "node:crypto";

/** SHA-256 of `bytes` as 64 hexadecimal digits, as `sha256sum` prints it. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Whether `text` is a SHA-256 as {@link sha256} writes it. */
export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/**
 * Returns what the host may remember of an object that it stored: `SHA-256("nightdrop-commitment/1" || SHA-256(bytes))`.
 * A reader of the object can check it. The name of the object, which contains the inner digest, cannot be computed
 * out of it.
 *
 * @param digest SHA-256 of the object's bytes in hexadecimal.
 */
export function commitment(digest: string): string {
  return createHash("sha256").update("nightdrop-commitment/1").update(digest, "hex").digest("hex");
}
