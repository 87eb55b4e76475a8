import { oneLine } from "../model/printable.ts";
import { shellQuoted } from "../model/shell.ts";
import type { ReportTrouble } from "../model/trouble.ts";

/** Reason that is reported for a name with U+FFFD. */
const NOT_UTF8 = "its name is not UTF-8";

/**
 * Reports names that are not UTF-8, the first one with a remedy. Deno 2.9.6 cannot open them:
 * https://github.com/denoland/deno/issues/627 and https://github.com/denoland/deno/issues/12998
 */
export class NotUtf8 {
  readonly #report: ReportTrouble;
  #isFirst = true;

  constructor(report: ReportTrouble) {
    this.#report = report;
  }

  /** Reports the last name of an absolute path. */
  report(path: string): void {
    const reason = this.#isFirst ? `${NOT_UTF8}, and Deno cannot open it. ${remedy(path)}` : NOT_UTF8;
    this.#isFirst = false;
    this.#report({ kind: "unread", path, reason });
  }
}

/**
 * Returns two remedies that can be pasted: rename the file so that Deno can open it, or archive the directory
 * with tar, which opens every name.
 */
function remedy(path: string): string {
  const directory = path.slice(0, path.lastIndexOf("/")) || "/";
  const name = `${/[\w.-]*$/.exec(directory)![0].replace(/^\.*/, "") || "files"}.tar`;
  const command = JSON.stringify(["tar", "-C", directory, "-cf", "-", "."]).replaceAll(",", ", ");
  return `Rename it: \`convmv -r -f latin1 -t utf8 --notest ${
    oneLine(shellQuoted(directory))
  }\`; or back its directory up ` +
    `as a dump: \`dumps: [{ name: ${JSON.stringify(name)}, command: ${oneLine(command)} }], exclude: [${
      oneLine(JSON.stringify(directory))
    }]\``;
}
