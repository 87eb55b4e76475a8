import { grantedVariable } from "../disk/granted.ts";
import type { User } from "./user.ts";

/** Variables of this process that are of use to other programs, and no secret. */
export const PASSED_ON = [
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

/** Where programs are found if nothing else is known. */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Variables that belong to the user of this process, and would mislead another. */
const OWN = ["HOME", "USER", "LOGNAME", "TMPDIR"];

/**
 * The environment of a program that nightdrop starts: what every program needs, and `more`. It is a list of what is in it,
 * not of what is left out, so that no secret of this process gets there, whatever its name is.
 */
export function programEnvironment(
  user: User | undefined,
  more: Readonly<Record<string, string>>,
): Record<string, string> {
  const passed = PASSED_ON.filter((name) => user === undefined || !OWN.includes(name))
    .flatMap((name): [string, string][] => {
      const value = grantedVariable(name);
      return value === undefined ? [] : [[name, value]];
    });
  const who = user === undefined ? {} : { HOME: user.home, USER: user.name, LOGNAME: user.name };
  return { PATH: DEFAULT_PATH, ...Object.fromEntries(passed), ...who, ...more };
}
