/**
 * Returns the directory of the owner's config and keys (XDG Base Directory Specification: `$XDG_CONFIG_HOME` if it is
 * absolute, else `~/.config`); undefined if there is no home directory.
 *
 * @param env Returns the value of an environment variable.
 */
export function configDirectory(env: (name: string) => string | undefined): string | undefined {
  const [config, home] = [env("XDG_CONFIG_HOME"), env("HOME")];
  if (config?.startsWith("/")) return `${config}/nightdrop`;
  return home?.startsWith("/") ? `${home}/.config/nightdrop` : undefined;
}
