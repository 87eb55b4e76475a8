const encoder = new TextEncoder();

/**
 * Maximum length of an object name in UTF-8 bytes. S3 allows keys of 1,024 bytes; the rest is for a prefix.
 */
export const MAX_NAME_BYTES = 900;

/** Maximum length of a component of a name in UTF-8 bytes: the limit of Linux for file names. */
const MAX_COMPONENT_BYTES = 255;

/**
 * Whether `name` is valid in every store: components joined by `/`, none of them empty or beginning with a
 * dot. So a name cannot lead out of the store's directory, and files of the store's own are never objects.
 */
export function isName(name: string): boolean {
  if (!name.isWellFormed() || name.includes("\0") || !hasAtMost(MAX_NAME_BYTES, name)) return false;
  return name.split("/").every((component) =>
    component !== "" && !component.startsWith(".") && hasAtMost(MAX_COMPONENT_BYTES, component)
  );
}

/** Whether a text has at most so many UTF-8 bytes. A UTF-16 unit takes three at most, so most names are not encoded. */
function hasAtMost(bytes: number, text: string): boolean {
  return text.length * 3 <= bytes || encoder.encode(text).length <= bytes;
}

/**
 * Whether a component of `name` begins with a dot. Such files are a store's own, and are skipped silently.
 */
export function isHidden(name: string): boolean {
  return name.startsWith(".") || name.includes("/.");
}

/**
 * Refuses names that are not valid by {@link isName}.
 *
 * @throws {TypeError} if the name is not valid. This is a bug of the caller, never a mistake of the user.
 */
export function checkName(name: string): void {
  if (!isName(name)) throw new TypeError("Not the name of an object");
}
