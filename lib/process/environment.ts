import { grantedVariable } from "../disk/granted.ts";
import type { User } from "./user.ts";

/** Variables of this process that other programs get. None is a secret. */
export const INHERITED = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "TMPDIR",
  "TZ",
  "LANG",
  "LANGUAGE",
  ...["ALL", "COLLATE", "CTYPE", "MESSAGES", "MONETARY", "NUMERIC", "TIME"].map((it) => `LC_${it}`),
] as const;

/** PATH if this process has none. */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Variables of this process's user, which are wrong for another user. */
const OWN = ["HOME", "USER", "LOGNAME", "TMPDIR"];

/**
 * Returns the environment of a program that nightdrop starts: the standard variables, and `more`. Only listed variables
 * are inherited, so that no secret of this process is passed on, whatever its name.
 */
export function programEnvironment(
  user: User | undefined,
  more: Readonly<Record<string, string>>,
): Record<string, string> {
  const passed = INHERITED.filter((name) => user === undefined || !OWN.includes(name))
    .flatMap((name): [string, string][] => {
      const value = grantedVariable(name);
      return value === undefined ? [] : [[name, value]];
    });
  const who = user === undefined ? {} : { HOME: user.home, USER: user.name, LOGNAME: user.name };
  return { PATH: DEFAULT_PATH, ...Object.fromEntries(passed), ...who, ...more };
}
