const SYSTEM = "/var/lib/nightdrop";

/**
 * Returns the default of `state`: `$NIGHTDROP_STATE`; else for root `/var/lib/nightdrop`, and for others a directory in the
 * user's state directory (XDG Base Directory Specification: `$XDG_STATE_HOME`, else `~/.local/state`). A variable counts if it
 * is absolute.
 *
 * @param uid Numeric user; null, for unknown, counts as not root.
 * @param env Returns the value of an environment variable.
 */
export function defaultStateDirectory(uid: number | null, env: (name: string) => string | undefined): string {
  const absolute = (name: string): string | undefined => env(name)?.startsWith("/") ? env(name) : undefined;
  const named = absolute("NIGHTDROP_STATE");
  if (named !== undefined || uid === 0) return named ?? SYSTEM;
  const home = absolute("HOME");
  const state = absolute("XDG_STATE_HOME") ?? (home && `${home}/.local/state`);
  return state === undefined ? SYSTEM : `${state}/nightdrop`;
}
