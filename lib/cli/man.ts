/**
 * The manual page, by hand: commander makes help only.
 *
 * @module
 */
import type { Table, TableCommand, TableOption } from "./table.ts";

/** Content of the manual page that does not come from the table of commands. */
export interface ManOptions {
  readonly version: string;
  readonly date: Date;
  readonly exitCodes: readonly (readonly [code: number, meaning: string])[];
}

const COMMON = ["--config", "--json", "--quiet", "--verbose", "--no-color", "--help"];

const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  [
    "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN",
    "Credentials of the store, unless the config names another prefix or a file.",
  ],
  [
    "NIGHTDROP_OWNER_ACCESS_KEY_ID and so on",
    "The owner's credentials, for provision and audit.",
  ],
  ["NIGHTDROP_PASSPHRASE", "Passphrase of the private key, unless --passphrase-file names a file."],
  ["JOURNAL_STREAM", "Set by systemd: messages are then written to the journal with their priority."],
  ["NO_COLOR", "Disables colours if it is set to any value."],
];

const FILES: readonly (readonly [name: string, meaning: string])[] = [
  [
    "backup.config.ts",
    "Default config file: in the working directory, else in ~/.config/nightdrop, else in /etc/nightdrop.",
  ],
  ["/var/lib/nightdrop", "State directory of root: a host's signing key, lock and catalog."],
  ["~/.local/state/nightdrop", "State directory of other users."],
];

/** Returns the manual page in the macros of man(7). */
export function manPage(table: Table, { version, date, exitCodes }: ManOptions): string {
  const { name, commands, description } = table;
  const [summary = "", ...paragraphs] = description.split("\n\n");
  const common = commands.flatMap(({ options }) => options).filter(({ flag }) => COMMON.includes(flag));
  const lines = [
    `.TH ${name.toUpperCase()} 1 ${date.toISOString().slice(0, 10)} "${name} ${version}" "User Commands"`,
    ".SH NAME",
    `${name} \\- ${text(summary.replace(/^\w+: /, "").replace(/\.$/, ""))}`,
    ".SH SYNOPSIS",
    `.B ${name}`,
    ".I command",
    "[options] [arguments]",
    ".SH DESCRIPTION",
    ...paragraphs.map(text).join("\n.PP\n").split("\n"),
    ".SH COMMANDS",
    ...commands.flatMap((command) => commandLines(name, command)),
    ".SH COMMON OPTIONS",
    ...COMMON.flatMap((flag) => common.filter((option) => option.flag === flag).slice(0, 1)).flatMap(
      optionLines,
    ),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.flatMap(([term, meaning]) => entry(text(term), meaning)),
    ".SH FILES",
    ...FILES.flatMap(([term, meaning]) => entry(`\\fI${text(term)}\\fR`, meaning)),
    ".SH EXIT STATUS",
    ...exitCodes.flatMap(([code, meaning]) => entry(`\\fB${code}\\fR`, meaning)),
    ".SH SEE ALSO",
    ".BR gpg (1),",
    ".BR tar (1),",
    ".BR zstd (1)",
  ];
  return lines.join("\n") + "\n";
}

function commandLines(
  program: string,
  { name, description, arguments: args, options, examples }: TableCommand,
): string[] {
  const synopsis = [`\\fB${program} ${name}\\fR`, ...args.map(({ term }) => `\\fI${text(term)}\\fR`)].join(
    " ",
  );
  const own = options.filter(({ flag }) => !COMMON.includes(flag));
  return [
    `.SS ${synopsis}`,
    text(description),
    ...args.flatMap(({ term, meaning }) => entry(`\\fI${text(term)}\\fR`, meaning)),
    ...own.flatMap(optionLines),
    ...(examples.length === 0 ? [] : [".PP", "Examples:"]),
    ...examples.flatMap(({ line, meaning }) => entry(`\\fB${program} ${text(line)}\\fR`, meaning)),
  ];
}

function optionLines({ flag, value, kind, meaning }: TableOption): string[] {
  const choices = typeof kind === "string" ? "" : ` (${kind.join(", ")})`;
  const term = `\\fB${text(flag)}\\fR` + (value === undefined ? "" : ` \\fI${text(value)}\\fR`);
  return entry(term, meaning + choices);
}

/** Returns the lines for a term with its meaning below. */
function entry(term: string, meaning: string): string[] {
  return [".TP", term, text(meaning)];
}

/** Returns text in which groff finds no request and no escape: groff_char(7). */
function text(plain: string): string {
  return plain.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("`", "\\`").replaceAll("'", "\\(aq")
    .replace(/\s*\n\s*/g, " ").replace(/^\./, "\\&.")
    .replace(
      /\P{ASCII}/gu,
      (sign) => `\\[u${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`,
    );
}
