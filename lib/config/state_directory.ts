const SYSTEM = "/var/lib/nightdrop";

/**
 * Returns the default of `state`: `/var/lib/nightdrop` for root, else a directory in the user's state directory (XDG Base
 * Directory Specification: `$XDG_STATE_HOME` if it is absolute, else `~/.local/state`).
 *
 * @param uid Numeric user; null, for unknown, counts as not root.
 * @param env Returns the value of an environment variable.
 */
export function defaultStateDirectory(uid: number | null, env: (name: string) => string | undefined): string {
  if (uid === 0) return SYSTEM;
  const state = env("XDG_STATE_HOME");
  if (state?.startsWith("/")) return `${state}/nightdrop`;
  const home = env("HOME");
  return home?.startsWith("/") ? `${home}/.local/state/nightdrop` : SYSTEM;
}
