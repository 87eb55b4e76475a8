/** Selection of a source tree. */
export interface Selection {
  /**
   * Declared paths: absolute, normalised, without a slash at the end. A path may lie below another, such as a
   * mount point beside `/` with `oneFileSystem`. The rules below apply to everything below the paths.
   */
  readonly paths: readonly string[];
  /** Patterns of paths that are left out: see `source/rules.ts`. */
  readonly exclude: readonly string[];
  /**
   * Names of marker files. If a directory contains one, only the directory itself and the marker are kept.
   */
  readonly excludeIfPresent: readonly string[];
  /**
   * Whether directories with a signed `CACHEDIR.TAG` are treated in the same way:
   * https://bford.info/cachedir/
   */
  readonly excludeCaches: boolean;
  /** Whether directories on which another file system is mounted are stored as empty directories. */
  readonly oneFileSystem: boolean;
  /** Maximum size of files in bytes. Larger ones are left out. */
  readonly maxFileSize: number | undefined;
}
