/** The units of the owner's machine under a real systemd: they watch, verify and drill within their bounds, and record it. */
import assert from "node:assert/strict";
import { boot, outsideOfTmp } from "../support/booted.ts";
import { make } from "../support/build.ts";
import { bash, must, rootForeignTest } from "../support/foreign.ts";
import { HOST, withGuarded } from "../support/guarded.ts";

const COMMANDS = ["verify", "drill", "status"];

/** Runs each service of the schedule, and shows what the last of them leaves. */
const SCRIPT = `for unit in nightdrop ${COMMANDS.map((it) => `nightdrop-trusted-${it}`).join(" ")}; do
  systemctl start $unit.service
  echo "$unit: $(systemctl show -P Result $unit.service) $(systemctl show -P ExecMainStatus $unit.service)"
  journalctl --sync; journalctl -u $unit.service -o cat --no-pager
done
for timer in /etc/systemd/system/*.timer; do systemctl start $(basename $timer) && echo "started: $(basename $timer)"; done
cat /var/lib/nightdrop/.records/*.json
find /tmp /var/tmp -name 'nightdrop-drill-*'
`;

rootForeignTest(
  ["systemd-nspawn", "setfattr", "sqlite3"],
  "the executable alone backs up, verifies, drills and watches under systemd",
  () =>
    outsideOfTmp(() =>
      withGuarded(async (host) => {
        const { directory, config, source } = host;
        await bash(`mkdir -p ${directory}/state ${directory}/etc/store
          cd ${source}; touch suid linked shared; chmod 4755 suid; ln linked link; ln -s linked soft; mkfifo fifo
          chown 1234:1234 shared; setfattr -n user.note -v x shared`);
        host.configure({
          dumps: [{
            name: "d.sql",
            command: ["sh", "-c", "echo 'CREATE TABLE t(x); INSERT INTO t VALUES(1);'"],
          }],
          drill: {
            files: 100,
            always: ["../source/suid", "../source/shared"],
            dumps: {
              "d.sql": {
                load: ["sqlite3", "-safe", "-bail", "{directory}/db"],
                check: ["sqlite3", "{directory}/db", "SELECT count(*) FROM t"],
                expect: ">0",
              },
            },
          },
          alerts: { signer: false },
        });
        const [executable, image] = [`${directory}/nightdrop`, `${directory}/image`];
        await make("standalone", ["--quick", "--output", executable]);
        const env = { NIGHTDROP_CACHE: `${directory}/cache` };
        const install = ["--config", config, "--systemd", "--install", "--root", image];
        await must(executable, ["schedule", "--host", HOST, ...install], { env });
        const key = ["--identity", `${directory}/etc/private.asc`];
        await must(executable, ["schedule", "--trusted", ...key, ...install], { env });

        const printed = await boot({ directory, units: `${image}/etc/systemd/system`, script: SCRIPT });
        const text = printed.join("\n");
        assert.match(text, /^nightdrop: success 0$/m, text);
        for (const command of COMMANDS) {
          assert.match(text, new RegExp(`^nightdrop-trusted-${command}: success 0$`, "m"), text);
          assert.match(text, new RegExp(`^started: nightdrop-trusted-${command}\\.timer$`, "m"), text);
        }
        assert.match(text, /^Drill of 1 host: 1 ok; /m, text);
        assert.match(text, /"result": "passed"/, text);
        assert.match(text, /"damage": null/, text);
        assert.doesNotMatch(text, /nightdrop-drill-|sandbox|cannot record/i, text);
      })
    ),
);
