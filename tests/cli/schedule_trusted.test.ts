/** `schedule --trusted`: its lines do in cron's environment what they are for. */
import assert from "node:assert/strict";
import { asCron } from "../support/cron.ts";
import { HOST, withGuarded } from "../support/guarded.ts";
import { foreignTest } from "../support/foreign.ts";
import { withListener } from "../support/listener.ts";
import { jsonLines } from "../support/nightdrop.ts";

Deno.test("the lines of the owner's crontab verify, drill and watch the fleet, and print only what is wrong", () =>
  withListener(({ url, heard }) =>
    withGuarded(async (host) => {
      const own = (await host.task("backup", ["--json"])).text;
      const signer = jsonLines(own).at(-1)!.signer;
      const text = Deno.readTextFileSync(host.config);
      const notify =
        `owner: { notify: { status: { ping: "${url}/status" }, verify: { ping: "${url}/verify" } } }`;
      const withSigner = text.replace('"hosts":', `"signer": ${JSON.stringify(signer)}, ${notify}, "hosts":`);
      Deno.writeTextFileSync(host.config, withSigner);
      const key = ["--identity", `${host.directory}/etc/private.asc`];
      const printed = await host.task("schedule", ["--trusted", "--cron", ...key]);
      assert.equal(printed.code, 0, printed.stderr);
      const lines = printed.text.trimEnd().split("\n");
      const variables = lines.filter((line) => /^[A-Z_a-z]+=/.test(line));
      assert.deepEqual(variables.filter((line) => line.startsWith("NIGHTDROP_")), [
        `NIGHTDROP_STATE=${host.directory}/own-state`,
        `NIGHTDROP_CACHE=${host.directory}/cache`,
      ]);
      const jobs = lines.filter((line) => /^\d/.test(line));
      assert.equal(jobs.length, 3, printed.text);
      const [status, verify, drill] = jobs.map((line) => [...variables, line].join("\n"));
      for (const [name, job] of [["verify", verify], ["drill", drill], ["status", status]] as const) {
        const { code, text, stderr } = await asCron(job!);
        assert.equal(code, 0, `${name}: ${text}${stderr}`);
        if (name !== "drill") assert.deepEqual([text, stderr], ["", ""], name);
      }
      assert.deepEqual(heard.map((it) => it.split(" ")[1]), ["/verify", "/status"]);
      Deno.removeSync(`${host.directory}/etc/store`, { recursive: true });
      const late = await asCron(status!);
      assert.equal(late.code, 1, late.text + late.stderr);
      assert.match(late.text, /^1 of 1 host needs attention; .*\n\nweb1\.example\.org: unknown\n/);
    })
  ));

foreignTest(
  ["systemctl", "systemd-analyze"],
  "--trusted --install writes the units of all jobs and enables their timers",
  () =>
    withGuarded(async (host) => {
      const image = `${host.directory}/image`;
      const install = ["--trusted", "--install", "--root", image];
      const { code, text, stderr } = await host.task("schedule", [...install, "--systemd", "--json"]);
      assert.equal(code, 0, stderr);
      const names = ["status", "verify"].flatMap((it) => [`${it}.service`, `${it}.timer`]);
      assert.deepEqual(
        jsonLines(text).filter(({ event }) => event === "installed").map(({ path }) => path),
        names.map((name) => `${image}/etc/systemd/system/nightdrop-trusted-${name}`),
      );
      for (const name of ["status", "verify"]) {
        const wants = `${image}/etc/systemd/system/timers.target.wants/nightdrop-trusted-${name}.timer`;
        assert.equal(Deno.readLinkSync(wants), `/etc/systemd/system/nightdrop-trusted-${name}.timer`);
      }
      const cron = await host.task("schedule", [...install, "--cron"]);
      assert.match(cron.stderr, /nightdrop-trusted-status\.timer also watches the fleet: remove it/);
      const wrong = await host.task("schedule", ["--cron", "--host", HOST, "--identity", "x"]);
      assert.deepEqual([wrong.code, /need --trusted/.test(wrong.stderr)], [2, true]);
    }),
);
