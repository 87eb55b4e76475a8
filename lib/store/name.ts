const encoder = new TextEncoder();

/** The longest object name, in UTF-8 bytes. S3 takes keys of 1,024; the rest is for a prefix. */
export const MAX_NAME_BYTES = 900;

/** The longest component of a name, in UTF-8 bytes: the longest file name of Linux. */
const MAX_COMPONENT_BYTES = 255;

/**
 * Whether `name` can name an object in every store: components joined by `/`, none of them empty or beginning
 * with a dot. So a name cannot leave the store's directory, and files of the store's own are never objects.
 */
export function isName(name: string): boolean {
  if (!name.isWellFormed() || name.includes("\0") || encoder.encode(name).length > MAX_NAME_BYTES) {
    return false;
  }
  return name.split("/").every((component) =>
    component !== "" && !component.startsWith(".") && encoder.encode(component).length <= MAX_COMPONENT_BYTES
  );
}

/** Whether a component of `name` begins with a dot: such files are a store's own, and are passed over silently. */
export function isHidden(name: string): boolean {
  return name.startsWith(".") || name.includes("/.");
}

/**
 * Refuses what {@link isName} refuses.
 *
 * @throws {TypeError} A wrong name is a bug of the caller and no affair of the user's.
 */
export function checkName(name: string): void {
  if (!isName(name)) throw new TypeError("Not the name of an object");
}
