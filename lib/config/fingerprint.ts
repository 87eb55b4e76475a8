/**
 * A fingerprint in the form that nightdrop keeps: 40 (v4) or 64 (v6) hexadecimal digits in lower case. The
 * groups and colons that programs print are dropped.
 */
export function plainFingerprint(text: string): string {
  return text.replace(/[\s:]/g, "").replace(/^0x/i, "").toLowerCase();
}

/** What is wrong with a {@link plainFingerprint}, or undefined. */
export function fingerprintFault(fingerprint: string): string | undefined {
  if (!/^[0-9a-f]+$/.test(fingerprint)) return "not hexadecimal digits";
  const { length } = fingerprint;
  if (length === 40 || length === 64) return undefined;
  // Different keys can have the same key ID (RFC 4880, 12.2), and it takes little to make one on purpose.
  if (length === 8 || length === 16) {
    return "a short key ID, and anybody can make another key with the same one";
  }
  return `${length} digits and not 40 or 64`;
}
