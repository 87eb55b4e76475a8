import assert from "node:assert/strict";
import { cronFile, userCrontab } from "../../lib/schedule/cron.ts";
import { Misuse } from "../../lib/model/failure.ts";
import { must } from "../support/foreign.ts";

const JOB = {
  host: "web1.example.org",
  command: ["/usr/local/bin/nightdrop", "backup", "--config", "/etc/night drop/it's 100%.ts"],
  path: ["/opt/node/bin", "/usr/bin"],
  environment: { NODE_EXTRA_CA_CERTS: "/etc/ssl/own.pem" },
};

/** What cron would give to the shell, by `do_command.c` of Vixie's cron: a "%" that no backslash escapes ends the command. */
function asCronReadsIt(line: string): { fields: string[]; command: string } {
  const match = /^((?:\S+ ){5})(.*)$/s.exec(line)!;
  let [command, escaped] = ["", false];
  for (const sign of match[2]!) {
    assert.ok(sign !== "\n" && (sign !== "%" || escaped), `the command ends early: ${line}`);
    command = (sign === "%" ? command.slice(0, -1) : command) + sign;
    escaped = !escaped && sign === "\\";
  }
  return { fields: match[1]!.trim().split(" "), command };
}

/** What cron would set, by `load_env` of Vixie's cron: quotes around a value and blanks at its ends are taken away. */
function asCronSetsIt(line: string): [name: string, value: string] {
  const [, name = "", value = ""] = /^(\w+)=(.*)$/s.exec(line)!;
  const quoted = /^\s*(["'])(.*?)\1(.*)$/s.exec(value);
  assert.ok(!value.includes("\n"), line);
  if (quoted === null) return [name, value.trim()];
  assert.equal(quoted[3]!.trim(), "", `cron refuses what comes after the quotes: ${line}`);
  return [name, quoted[2]!];
}

/** Parts of paths and values that mean something to cron, to systemd or to a shell. */
const HOSTILE = [
  ...[
    "a b",
    "it's",
    'say "x"',
    "100%",
    "%",
    "a\\%b",
    "a\\\\%b",
    "%%\\",
    "$HOME",
    "$(id)",
    "`id`",
    "!x",
    "~",
    "*",
    "-rf",
  ],
  ...[
    "#no",
    "a;b",
    "a&b",
    "a|b",
    "a>b",
    "\\",
    "\\n",
    "é\u{1f600}\u202e\u2028",
    "{a,b}",
    "=x",
    "a=b",
    "",
    " ",
    "root touch x",
  ],
];

Deno.test("the file for cron.d has a PATH, the copied variables, and one line with a user", () => {
  const [comment, path, carried, line, ...rest] = cronFile(JOB).split("\n");
  assert.match(comment!, /^# Backup of web1\.example\.org/);
  assert.equal(path, "PATH=/opt/node/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  assert.equal(carried, "NODE_EXTRA_CA_CERTS=/etc/ssl/own.pem");
  assert.match(line!, /^\d+ [4-6] \* \* \* root \/usr\/local\/bin\/nightdrop /);
  assert.deepEqual(rest, [""], "cron passes over a last line that does not end");
});

Deno.test("the shell gets every word unchanged, with spaces, quotes and percent signs", async () => {
  const line = userCrontab(JOB).trimEnd().split("\n").at(-1)!;
  const { fields, command } = asCronReadsIt(line);
  assert.equal(fields.length, 5);
  const shown = await must("sh", [
    "-c",
    command.replace("/usr/local/bin/nightdrop", `sh -c 'printf "%s\\n" "$@" >&2' sh`),
  ]);
  assert.deepEqual(shown.stderr.trimEnd().split("\n"), [...JOB.command.slice(1), "--quiet"]);
  assert.equal(shown.text, "", "what goes well is not mailed");
});

Deno.test("special characters of cron and shells are preserved, with and without support for %", async () => {
  const words = ["/usr/local/bin/nightdrop", ...HOSTILE];
  const line = userCrontab({ ...JOB, command: words }).trimEnd().split("\n").at(-1)!;
  const { command } = asCronReadsIt(line);
  const busybox = /^(?:\S+ ){5}(.*)$/s.exec(line)![1]!;
  for (const read of [command, busybox]) {
    const show = read.replace("/usr/local/bin/nightdrop", `sh -c 'printf "%s\\0" "$@" >&2' sh`);
    const { stderr } = await must("sh", ["-c", show]);
    assert.deepEqual(stderr.split("\0"), [...HOSTILE, "--quiet", ""]);
  }
});

Deno.test("environment values are preserved or refused", () => {
  for (const value of [...HOSTILE, ' "', " x ", "'x'", '"x"', `x'"`]) {
    const [, , line] = cronFile({ ...JOB, environment: { X: value } }).split("\n");
    assert.deepEqual(asCronSetsIt(line!), ["X", value], line);
  }
  for (const value of [`"'`, ` it's "x"`]) {
    assert.throws(() => cronFile({ ...JOB, environment: { X: value } }), Misuse, value);
  }
});

Deno.test("a line that is too long for cron is refused", () => {
  for (const [length, fits] of [[700, true], [1000, false]] as const) {
    const make = (): string =>
      cronFile({ ...JOB, command: ["/usr/local/bin/nightdrop", "x".repeat(length)] });
    if (fits) make();
    else assert.throws(make, Misuse);
  }
});
