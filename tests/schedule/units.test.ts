/** The units, judged by systemd itself: it reads them, and rates their bounds. That they work is for the soak tests. */
import assert from "node:assert/strict";
import { Misuse } from "../../lib/model/failure.ts";
import { checkedJob, type ScheduledBackup } from "../../lib/schedule/scheduled_backup.ts";
import { serviceUnit } from "../../lib/schedule/service.ts";
import { timerUnit } from "../../lib/schedule/timer.ts";
import { foreignTest, must, run } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";

const JOB: ScheduledBackup = {
  host: "web1.example.org",
  command: [Deno.execPath(), "task", "--quiet", "backup", "--config", "/etc/nightdrop/backup.config.ts"],
  path: [],
  environment: {},
  uid: 0,
  reads: ["/etc", "/srv"],
  writes: [],
  state: "/var/lib/nightdrop",
  credentials: "/etc/nightdrop/credentials",
  programs: "none",
  network: true,
};

/** The kinds of jobs there are, and how exposed (0 to 100) a service may be at most in systemd's eyes. */
const JOBS: readonly [what: string, job: ScheduledBackup, exposure: number][] = [
  ["a bucket", JOB, 19],
  ["a directory", { ...JOB, credentials: undefined, network: false, writes: ["/mnt/backups"] }, 10],
  // It ends a dump that takes too long, which runs as another user: CAP_KILL.
  ["dumps of other users", { ...JOB, programs: "of others" }, 24],
  ["hooks", { ...JOB, programs: "own" }, 19],
  ["a user's own", { ...JOB, uid: 1000, state: "/home/a b/.local/state/nightdrop" }, 14],
  ["all of the machine", { ...JOB, reads: ["/"] }, 21],
  [
    "npx",
    { ...JOB, command: ["/usr/bin/npx", "--yes", "deno@2.9.6"], environment: { X: 'a "b" 100% $c' } },
    19,
  ],
];

foreignTest(
  ["systemd-analyze"],
  "systemd accepts every kind of service and timer",
  () =>
    withDirectory(async (directory) => {
      for (const [what, job] of JOBS) {
        const units = [`${directory}/nightdrop.service`, `${directory}/nightdrop.timer`] as const;
        Deno.writeTextFileSync(units[0], serviceUnit(job));
        Deno.writeTextFileSync(units[1], timerUnit(job.host));
        const { code, text, stderr } = await run("systemd-analyze", ["verify", "--man=no", ...units]);
        const reported = stderr.split("\n").filter((line) => line.includes("nightdrop."));
        assert.deepEqual([code, text, reported], [0, "", []], `${what}: ${stderr}`);
      }
    }),
);

foreignTest(
  ["systemd-analyze"],
  "systemd-analyze rates the restrictions of every kind of service as safe",
  () =>
    withDirectory(async (directory) => {
      for (const [what, job, exposure] of JOBS) {
        const unit = `${directory}/nightdrop.service`;
        Deno.writeTextFileSync(unit, serviceUnit(job));
        const rate = ["security", "--offline=true", `--threshold=${exposure}`, "--no-pager", unit];
        const { code, text, stderr } = await run("systemd-analyze", rate);
        assert.equal(
          code,
          0,
          `${what}: ${text.split("\n").filter((line) => /^✗|Overall/.test(line)).join("\n")}${stderr}`,
        );
      }
    }),
);

foreignTest(["systemd-analyze"], "systemd parses the time of the timer", async () => {
  const [, when] = /^OnCalendar=(.*)$/m.exec(timerUnit("web1.example.org"))!;
  assert.match((await must("systemd-analyze", ["calendar", when!])).text, /Next elapse/);
});

Deno.test("the timer runs missed backups and adds a random delay", () => {
  const timer = timerUnit("web1.example.org");
  assert.match(timer, /^Persistent=true$/m);
  assert.match(timer, /^RandomizedDelaySec=\d+min$/m);
});

Deno.test("only a credentials file is passed with LoadCredential", () => {
  assert.match(serviceUnit(JOB), /--credentials \$\{CREDENTIALS_DIRECTORY\}\/credentials\n/);
  assert.match(serviceUnit(JOB), /^LoadCredential=credentials:\/etc\/nightdrop\/credentials$/m);
  assert.doesNotMatch(serviceUnit({ ...JOB, credentials: undefined }), /redential/);
});

Deno.test("a service that backs up /tmp has no PrivateTmp", () => {
  for (const reads of [["/"], ["/var"], ["/var/tmp/x"], ["/tmp"], ["/etc", "/tmp/a"]]) {
    assert.doesNotMatch(serviceUnit({ ...JOB, reads }), /^PrivateTmp/m, reads.join());
  }
  for (const reads of [["/var/www"], ["/tmpfiles"], ["/etc", "/srv"]]) {
    assert.match(serviceUnit({ ...JOB, reads }), /^PrivateTmp=yes$/m, reads.join());
  }
});

Deno.test("a service does not get users, network and processes that it does not need", () => {
  const quiet = serviceUnit({ ...JOB, network: false, credentials: undefined });
  assert.match(quiet, /^PrivateNetwork=yes$/m);
  assert.doesNotMatch(quiet, /network-online/);
  assert.match(serviceUnit(JOB), /^CapabilityBoundingSet=CAP_DAC_READ_SEARCH$/m);
  assert.match(
    serviceUnit({ ...JOB, programs: "of others" }),
    /^CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_KILL CAP_SETGID CAP_SETUID$/m,
  );
  assert.match(serviceUnit({ ...JOB, uid: 1000 }), /^CapabilityBoundingSet=$/m);
  assert.doesNotMatch(serviceUnit({ ...JOB, programs: "own" }), /^(PrivateNetwork|ProcSubset)/m);
});

Deno.test("a service can write only its own directories", () => {
  assert.match(serviceUnit(JOB), /^StateDirectory=nightdrop$/m);
  assert.doesNotMatch(serviceUnit(JOB), /^ReadWritePaths/m);
  const other = serviceUnit({ ...JOB, state: "/srv/state", writes: ["/mnt/back ups"] });
  assert.match(other, /^ReadWritePaths=\/srv\/state "\/mnt\/back ups"$/m);
  assert.match(other, /^RequiresMountsFor="\/mnt\/back ups"$/m);
});

/** What systemd has understood of a service: `systemd-analyze verify` says it when it is asked to say all. */
async function asSystemdReadsIt(job: ScheduledBackup): Promise<{ words: string[]; lines: string[] }> {
  return await withDirectory(async (directory) => {
    const unit = `${directory}/nightdrop.service`;
    Deno.writeTextFileSync(unit, serviceUnit(job));
    const ran = await run("systemd-analyze", ["verify", "--man=no", unit], {
      env: { SYSTEMD_LOG_LEVEL: "debug", SYSTEMD_LOG_COLOR: "0" },
    });
    const lines = ran.text.split("\n").map((line) => line.replace(/^\t+/, ""));
    const command = lines.find((line) => line.startsWith("Command Line: "))!.slice("Command Line: ".length)
      .replaceAll(" #", " \\#"); // which systemd shows without quotes
    const { text } = await must("sh", ["-c", `printf '%s\\0' ${command}`]);
    return { words: text.split("\0").slice(0, -1).map((word) => word.replaceAll("$$", "$")), lines };
  });
}

const HOSTILE = [
  "a b",
  "it's",
  'say "x"',
  "100%",
  "%h",
  "a\\%b",
  "$HOME",
  "${HOME}",
  "$$",
  "\\",
  "\\n",
  "#x",
  ";",
  "a;b",
  "-x",
  "é\u2028",
  "{a,b}",
  "=x",
];

foreignTest(["systemd-analyze"], "special characters of systemd are preserved", async () => {
  for (const part of HOSTILE) {
    const path = `/srv/${part}/${part}`;
    const command = [Deno.execPath(), path, part, `--config=${part}`];
    const job = {
      ...JOB,
      command,
      state: path,
      writes: [`${path}2`],
      environment: { X: part },
      credentials: undefined,
    };
    const { words, lines } = await asSystemdReadsIt(job);
    assert.deepEqual(words, command);
    assert.ok(
      lines.includes(`Environment: X=${part}`),
      `${part}: ${lines.filter((line) => line.startsWith("Env"))}`,
    );
    for (const written of [path, `${path}2`]) {
      const shown = lines.filter((line) => line.startsWith("ReadWritePaths: ")).join(" ");
      assert.ok(shown.includes(written), `${part}: ${shown}`);
    }
  }
});

Deno.test("line breaks in values of a unit or a crontab are refused", () => {
  for (const sign of ["\n", "\r", "\0", "\t", "\x1b", "\x7f", "\r\n* * * * * root id"]) {
    const bad = `/etc/a${sign}b`;
    const jobs: ScheduledBackup[] = [
      { ...JOB, command: ["/usr/bin/deno", bad] },
      { ...JOB, command: [bad] },
      { ...JOB, path: [bad] },
      { ...JOB, writes: ["/srv", bad] },
      { ...JOB, state: bad },
      { ...JOB, credentials: bad },
      { ...JOB, environment: { HTTPS_PROXY: bad } },
      { ...JOB, host: bad },
    ];
    for (const job of jobs) assert.throws(() => checkedJob(job), Misuse, JSON.stringify(job));
  }
  assert.equal(checkedJob(JOB), JOB);
});

Deno.test("a credentials file whose name systemd would truncate is refused", () => {
  for (const credentials of ["/etc/a ", "/etc/a\\"]) {
    assert.throws(() => serviceUnit({ ...JOB, credentials }), Misuse);
  }
  assert.match(
    serviceUnit({ ...JOB, credentials: "/etc/a b%" }),
    /^LoadCredential=credentials:\/etc\/a b%%$/m,
  );
});
