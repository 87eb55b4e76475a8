import assert from "assert";
import { cronFile, userCrontab } from "../../lib/schedule/cron.ts";
import { must } from "../support/foreign.ts";

const JOB = {
  host: "web1.example.org",
  command: ["/usr/local/bin/nightdrop", "backup", "--config", "/etc/night drop/it's 100%.ts"],
  path: ["/opt/node/bin", "/usr/bin"],
  environment: { NODE_EXTRA_CA_CERTS: "/etc/ssl/own.pem" },
};

/** What cron would give to the shell: crontab(5), "%" unless it is escaped ends the command. */
function asCronReadsIt(line: string): { fields: string[]; command: string } {
  const match = /^((?:\S+ ){5})(.*)$/.exec(line)!;
  const command = match[2]!.replace(/\\%/g, "\0");
  assert.ok(!command.includes("%"), "no percent sign is left for cron");
  return { fields: match[1]!.trim().split(" "), command: command.replaceAll("\0", "%") };
}

Deno.test("the file for cron.d has a PATH, what is carried along, and one line with a user", () => {
  const [comment, path, carried, line, ...rest] = cronFile(JOB).split("\n");
  assert.match(comment!, /^# The backup of web1\.example\.org/);
  assert.equal(path, "PATH=/opt/node/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  assert.equal(carried, "NODE_EXTRA_CA_CERTS=/etc/ssl/own.pem");
  assert.match(line!, /^\d+ [1-4] \* \* \* root \/usr\/local\/bin\/nightdrop /);
  assert.deepEqual(rest, [""], "cron passes over a last line that does not end");
});

Deno.test("the shell gets every word as it was meant, spaces, quotes and percent signs too", async () => {
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
