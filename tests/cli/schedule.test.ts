/** What `schedule` prints and installs, and that cron's line does in cron's surroundings what it is for. */
import assert from "node:assert/strict";
import { asCron } from "../support/cron.ts";
import { type Guarded, HOST, narrow, withGuarded } from "../support/guarded.ts";
import { bash, foreignTest, must, type Ran } from "../support/foreign.ts";
import { withListener } from "../support/listener.ts";
import { jsonLines } from "../support/nightdrop.ts";

const UNITS = "etc/systemd/system";

/** Deno where somebody has installed it: no cache of npx. */
function installDeno({ directory }: Guarded): Promise<Ran> {
  const installed = `${directory}/deno/deno`;
  return bash(
    `mkdir ${directory}/deno; cp -l ${Deno.execPath()} ${installed} || cp ${Deno.execPath()} ${installed}
    ln -sf ${installed} ${directory}/bin/deno`,
  );
}

Deno.test("the crontab line backs up in cron's environment without a home, and prints nothing", () =>
  withListener(({ url, heard }) =>
    withGuarded(async (host) => {
      host.configure({ notify: { ping: `${url}/ping`, textfile: "../figures.prom" } });
      await installDeno(host);
      await narrow(host);
      const printed = await host.task("schedule", ["--cron", "--host", HOST]);
      assert.equal(printed.code, 0, printed.stderr);
      const start = `${host.directory}/deno/deno task --quiet --config ${host.clone}/deno.json backup`;
      assert.ok(printed.text.includes(` ${start} `), printed.text);
      const { code, text, stderr } = await asCron(printed.text);
      assert.deepEqual([code, text, stderr], [0, "", ""]);
      assert.match((await host.task("verify")).text, /good: 1 snapshot/);
      assert.deepEqual(heard.map((line) => line.split(" ")[1]), ["/ping/start", "/ping"]);
      assert.match(Deno.readTextFileSync(`${host.directory}/figures.prom`), /nightdrop_.*success/);
    })
  ));

Deno.test("a failed scheduled backup prints its error, so that cron mails it, and exits with its code", () =>
  withGuarded(async (host) => {
    await installDeno(host);
    await narrow(host);
    const { text } = await host.task("schedule", ["--cron", "--host", HOST]);
    Deno.removeSync(host.source, { recursive: true });
    const { code, stderr } = await asCron(text);
    assert.deepEqual([code, /nothing has this name/.test(stderr)], [3, true], stderr);
  }));

Deno.test("with Deno from npx the crontab line uses npx, and a warning recommends to install Deno", () =>
  withGuarded(async (host) => {
    const npx = Deno.execPath().includes("/_npx/");
    const { text, stderr } = await host.task("schedule", ["--cron", "--host", HOST]);
    assert.equal(/ \/\S+\/npx --yes deno@\d+\.\d+\.\d+ task --quiet /.test(text), npx);
    assert.equal(/npm install --global deno@/.test(stderr), npx);
  }));

Deno.test("--install writes cron's file for root only, and a second run changes nothing", () =>
  withGuarded(async (host) => {
    const image = `${host.directory}/image`;
    const install = ["--cron", "--host", HOST, "--install", "--root", image];
    const first = await host.task("schedule", install);
    assert.equal(first.text, `Wrote ${image}/etc/cron.d/nightdrop\n`, first.stderr);
    const file = `${image}/etc/cron.d/nightdrop`;
    assert.equal(Deno.statSync(file).mode! & 0o777, 0o644);
    const printed = await host.task("schedule", ["--cron", "--host", HOST]);
    assert.equal(Deno.readTextFileSync(file), printed.text);
    assert.equal(
      Deno.statSync(image + `${host.directory}/state`).mode! & 0o777,
      0o700,
      "the state directory is there",
    );
    assert.match(first.stderr, /^warning: Cron is not installed, so nothing will run at night/m);
    Deno.mkdirSync(`${image}/usr/sbin`, { recursive: true });
    Deno.writeTextFileSync(`${image}/usr/sbin/cron`, "");
    const second = await host.task("schedule", install);
    assert.equal(second.text, `Unchanged: ${file}\n`);
    assert.doesNotMatch(second.stderr, /Cron is not installed/);
  }));

foreignTest(
  ["systemctl", "systemd-analyze"],
  "--install writes the units, enables the timer, and warns about cron's file",
  () =>
    withGuarded(async (host) => {
      const image = `${host.directory}/image`;
      await host.task("schedule", ["--cron", "--host", HOST, "--install", "--root", image]);
      const { code, text, stderr } = await host.task("schedule", [
        "--systemd",
        "--host",
        HOST,
        "--install",
        "--root",
        image,
        "--json",
      ]);
      assert.equal(code, 0, stderr);
      assert.deepEqual(
        jsonLines(text).map(({ event, path, changed }) => [event, path, changed]),
        ["service", "timer"].map((kind) => ["installed", `${image}/${UNITS}/nightdrop.${kind}`, true]),
      );
      assert.equal(
        Deno.readLinkSync(`${image}/${UNITS}/timers.target.wants/nightdrop.timer`),
        "/etc/systemd/system/nightdrop.timer",
      );
      await must("systemd-analyze", [
        "verify",
        "--man=no",
        `${image}/${UNITS}/nightdrop.service`,
        `${image}/${UNITS}/nightdrop.timer`,
      ]);
      const warned = await host.task("schedule", ["--systemd", "--host", HOST, "--install", "--root", image]);
      assert.match(warned.stderr, /warning: \S*\/etc\/cron\.d\/nightdrop also backs up this host/);
      assert.match(warned.stderr, /Ran systemctl --root=\S+ enable nightdrop\.timer/);
    }),
);

Deno.test("a schedule with secrets in the environment or in a proxy URL is refused", () =>
  withGuarded(async (host) => {
    const env = await host.task("schedule", ["--cron", "--host", HOST]);
    assert.equal(env.code, 2);
    assert.match(
      env.stderr,
      /environment variables AWS_ACCESS_KEY_ID, .*\nhint: Write the secrets to files/,
    );
    host.configure({ store: { kind: "directory", path: "store" } });
    const proxy = await host.task("schedule", ["--cron", "--host", HOST], {
      https_proxy: "http://me:secret@proxy:3128",
    });
    assert.equal(proxy.code, 2);
    assert.match(proxy.stderr, /https_proxy holds a password/);
    assert.doesNotMatch(proxy.stderr, /secret@/);
    for (const name of ["NODE_EXTRA_CA_CERTS", "DENO_CERT"]) {
      Deno.writeTextFileSync(`${host.directory}/own.pem`, "");
      const file = `${host.directory}/own.pem`;
      const carried = await host.task("schedule", ["--cron", "--host", HOST], { [name]: file });
      assert.ok(carried.text.includes(`\n${name}=${file}\n`), carried.stderr);
      const unit = await host.task("schedule", ["--systemd", "--host", HOST], { [name]: file });
      assert.ok(unit.text.includes(`\nEnvironment=${name}=${file}\n`), unit.stderr);
      const relative = await host.task("schedule", ["--cron", "--host", HOST], { [name]: "../own.pem" });
      assert.deepEqual([relative.code, relative.stderr], [
        2,
        `error: Cannot make a schedule: ${name} must be an absolute path, got "../own.pem"\n` +
        `hint: Run: export ${name}="$(realpath ../own.pem)"\n`,
      ]);
    }
  }, { kind: "s3", bucket: "backups", region: "eu-central-1" }));

Deno.test("a schedule with a line break in the config's path or in a variable is refused", () =>
  withGuarded(async (host) => {
    const directory = `${host.directory}/a\n* * * * * root touch pwned\nExecStartPre=-touch pwned\n#`;
    Deno.mkdirSync(directory);
    Deno.copyFileSync(host.config, `${directory}/backup.config.ts`);
    for (const kind of ["--cron", "--systemd"]) {
      const path = ["--config", `${directory}/backup.config.ts`];
      const schedule = [kind, "--host", HOST];
      const byPath = await host.task("schedule", [...schedule, ...path]);
      const byProxy = await host.task("schedule", schedule, {
        HTTPS_PROXY: "http://x/\n* * * * * root touch pwned",
      });
      for (const { code, text, stderr } of [byPath, byProxy]) {
        assert.deepEqual([code, text], [2, ""], stderr);
        assert.match(stderr, /error: Cannot make a schedule: .* a line break/);
      }
      assert.match(byProxy.stderr, /hint: Run: unset HTTPS_PROXY/);
    }
  }));
