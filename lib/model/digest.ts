import { createHash } from "node:crypto";

/** Returns the SHA-256 of `bytes` as 64 hexadecimal digits, as `sha256sum` prints it. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Whether `text` is a SHA-256 in the form of {@link sha256}. */
export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/**
 * Returns the value by which the host remembers an object that it stored: `SHA-256("nightdrop-commitment/1"
 * || SHA-256(bytes))`. A reader of the object can check it. The name of the object, which contains the inner
 * digest, cannot be computed from it.
 *
 * @param digest SHA-256 of the object's bytes in hexadecimal.
 */
export function commitment(digest: string): string {
  return createHash("sha256").update("nightdrop-commitment/1").update(digest, "hex").digest("hex");
}
