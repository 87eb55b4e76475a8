import { createHash } from "node:crypto";

/**
 * Header of puts by which a server checks the bytes, in addition to the digest that the signature covers: SHA-256, which Amazon stores
 * with the object; MD5 for a server that refused the other one.
 *
 * Backblaze B2 has refused each header `x-amz-checksum-…` (https://github.com/iterate-ch/cyberduck/issues/16107). One of the two is
 * needed, because a bucket with Object Lock takes no put without ("PutObject" in Amazon's API reference).
 */
export class Checksums {
  #hasSha256 = true;

  /** Sends a request with SHA-256; if the server does not know its header, sends it, and all later ones, without. */
  async sendWith<T>(send: (hasSha256: boolean) => Promise<T>): Promise<T> {
    const hasSha256 = this.#hasSha256;
    try {
      return await send(hasSha256);
    } catch (error) {
      if (!hasSha256 || !isUnknownHeader(error)) throw error;
      this.#hasSha256 = false;
      return await send(false);
    }
  }
}

/** Returns the value of `Content-MD5` (RFC 1864). */
export function contentMd5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("base64");
}

function isUnknownHeader(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $metadata } = error as { $metadata?: { readonly httpStatusCode?: number } };
  return [400, 501].includes($metadata?.httpStatusCode ?? 0) &&
    /x-amz-[a-z-]*checksum/i.test(error.message) &&
    /unsupported|not (supported|implemented)/i.test(error.message);
}
