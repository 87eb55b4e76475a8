const SYSTEM = "/var/lib/nightdrop";

/**
 * The default of `state`: `/var/lib/nightdrop` as root, else in the user's state directory (XDG Base Directory
 * Specification: `$XDG_STATE_HOME`, which counts only when it is absolute, or `~/.local/state`).
 *
 * @param uid The numeric user; null, for not known, counts as not root.
 * @param env Reads an environment variable.
 */
export function defaultStateDirectory(uid: number | null, env: (name: string) => string | undefined): string {
  if (uid === 0) return SYSTEM;
  const state = env("XDG_STATE_HOME");
  if (state?.startsWith("/")) return `${state}/nightdrop`;
  const home = env("HOME");
  return home?.startsWith("/") ? `${home}/.local/state/nightdrop` : SYSTEM;
}
