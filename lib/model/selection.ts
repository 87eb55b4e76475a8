/** Selection of a source tree. */
export interface Selection {
  /**
   * Declared paths: absolute, normalised, without a slash at the end. One may lie below another: a mount point named
   * beside `/` with `oneFileSystem`. The rules below hold for what is below them.
   */
  readonly paths: readonly string[];
  /** Patterns of what is left out: see `source/rules.ts`. */
  readonly exclude: readonly string[];
  /** Of a directory that holds one of these names, only itself and that name are kept. */
  readonly excludeIfPresent: readonly string[];
  /** Likewise for directories with a signed `CACHEDIR.TAG`: https://bford.info/cachedir/ */
  readonly excludeCaches: boolean;
  /** Whether directories on which another file system is mounted are stored as empty directories. */
  readonly oneFileSystem: boolean;
  /** Larger files are left out; in bytes. */
  readonly maxFileSize: number | undefined;
}
