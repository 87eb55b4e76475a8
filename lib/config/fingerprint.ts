/**
 * Returns a fingerprint in plain form: 40 (v4) or 64 (v6) hexadecimal digits in lower case, without the spaces and colons
 * that programs print.
 */
export function plainFingerprint(text: string): string {
  return text.replace(/[\s:]/g, "").replace(/^0x/i, "").toLowerCase();
}

/** Returns the fault of a {@link plainFingerprint}, or undefined. */
export function fingerprintFault(fingerprint: string): string | undefined {
  if (!/^[0-9a-f]+$/.test(fingerprint)) return "must be hexadecimal digits";
  const { length } = fingerprint;
  if (length === 40 || length === 64) return undefined;
  // Different keys can have the same key ID (RFC 4880, 12.2), and such a key is easy to create.
  if (length === 8 || length === 16) {
    return "must not be a short key ID: anyone can create another key with the same ID";
  }
  return `must have 40 or 64 digits, has ${length}`;
}
