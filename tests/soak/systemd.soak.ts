/**
 * The units under a real systemd, which boots in a container made of this machine's `/usr` and nothing else: the timer
 * makes up for nights that were missed, the service backs up within its bounds, and what tries to leave them is refused.
 */
import assert from "node:assert/strict";
import { boot, outsideOfTmp } from "../support/booted.ts";
import { type Guarded, HOST, narrow, withGuarded } from "../support/guarded.ts";
import { make } from "../support/build.ts";
import { bash, must, rootForeignTest } from "../support/foreign.ts";
import { newBucket, rgwTest } from "../support/rgw.ts";

/** Starts the timer as a boot after three days would, and waits for what it has started. */
const SCRIPT =
  `mkdir -p /var/lib/systemd/timers; touch -d "3 days ago" /var/lib/systemd/timers/stamp-nightdrop.timer
systemctl start nightdrop.timer
until systemctl show -P ExecMainExitTimestamp nightdrop.service | grep -q .; do sleep 0.1; done
echo "result: $(systemctl show -P Result nightdrop.service)"; journalctl --sync; journalctl -u nightdrop.service -o cat --no-pager
`;

/** Makes the units below `image`; gives what the host has beside its own directory to run them. */
type Schedule = (host: Guarded, image: string, env?: Record<string, string>) => Promise<string[]>;

const fromClone: Schedule = async (host, image, env) => {
  const deno = `${host.directory}/deno/deno`;
  await bash(
    `mkdir ${host.directory}/deno; cp ${Deno.execPath()} ${deno}; ln -sf ${deno} ${host.directory}/bin/deno`,
  );
  await narrow(host);
  const cache: string = JSON.parse((await must(deno, ["info", "--json"])).text).denoDir;
  const args = ["--host", HOST, "--systemd", "--install", "--root", image];
  const made = await host.task("schedule", args, { DENO_DIR: cache, ...env });
  assert.equal(made.code, 0, made.stderr);
  return [cache];
};

const fromExecutable: Schedule = async ({ directory, config }, image) => {
  const executable = `${directory}/nightdrop`;
  await make("standalone", ["--quick", "--output", executable]);
  const args = ["--config", config, "--host", HOST, "--systemd", "--install", "--root", image];
  await must(executable, ["schedule", ...args], { env: { NIGHTDROP_CACHE: `${directory}/cache` } });
  return [];
};

/** Boots with the host's units; gives the lines that the service has written to the journal when it has gone well. */
async function bootWith(
  host: Guarded,
  schedule: Schedule,
  env: Record<string, string> = {},
): Promise<string[]> {
  const { directory } = host;
  const image = `${directory}/image`;
  const reads = await schedule(host, image, env);
  const units = `${image}/etc/systemd/system`;
  Deno.mkdirSync(`${units}/nightdrop.timer.d`);
  Deno.writeTextFileSync(`${units}/nightdrop.timer.d/now.conf`, "[Timer]\nRandomizedDelaySec=0\n");
  // What the host has on its disk: its state directory is there since the schedule was installed.
  await bash(`mkdir -p ${directory}/state ${directory}/etc/store`);
  const journal = await boot({ directory, reads, units, script: SCRIPT });
  assert.ok(journal.includes("result: success"), journal.join("\n"));
  return journal;
}

rootForeignTest(
  ["systemd-nspawn"],
  "the timer makes up for missed nights, and the service backs up into a directory",
  () =>
    outsideOfTmp(() =>
      withGuarded(async (host) => {
        const journal = await bootWith(host, fromClone);
        assert.ok(journal.some((line) => line.startsWith(`Stored: ${HOST}/`)), journal.join("\n"));
        const unit = Deno.readTextFileSync(`${host.directory}/image/etc/systemd/system/nightdrop.service`);
        for (const bound of ["PrivateTmp", "PrivateNetwork", "ProtectSystem", "SystemCallFilter"]) {
          assert.match(unit, new RegExp(`^${bound}=`, "m"));
        }
        assert.match((await host.task("verify")).text, /good: 1 snapshot/);
      })
    ),
);

rootForeignTest(
  ["systemd-nspawn"],
  "the executable alone backs up too, and unpacks itself into the cache of the service",
  () =>
    outsideOfTmp(() =>
      withGuarded(async (host) => {
        const journal = await bootWith(host, fromExecutable);
        assert.ok(journal.some((line) => line.startsWith(`Stored: ${HOST}/`)), journal.join("\n"));
        assert.match((await host.task("verify")).text, /good: 1 snapshot/);
      })
    ),
);

rgwTest(
  "the service backs up into a bucket with credentials that systemd hands it and by TLS, and its hooks are bounded",
  (rgw) =>
    outsideOfTmp(async () => {
      const { host: { bucket, region, credentials }, trusted } = await newBucket(rgw);
      const store = {
        kind: "s3",
        bucket,
        region,
        endpoint: rgw.tlsEndpoint,
        credentials: { file: "credentials" },
      };
      const attempts =
        "touch /usr/x || echo no-usr; touch /etc/x || echo no-etc; mknod /run/x c 1 3 || echo no-device; " +
        "chown 1 $0 || echo no-owner; unshare --user true || echo no-namespace; date -s 2000-01-01 || echo no-clock";
      await withGuarded(async (host) => {
        const file = (keys: typeof credentials): string =>
          `[default]\naws_access_key_id = ${keys.accessKeyId}\naws_secret_access_key = ${keys.secretAccessKey.reveal()}\n`;
        // Only what systemd hands over is right: the service does not read the file itself.
        Deno.writeTextFileSync(`${host.directory}/etc/credentials`, file(credentials), { mode: 0o600 });
        host.configure({ hooks: { before: ["sh", "-c", attempts, `${host.directory}/state`] } });
        // Of a private authority, whose certificate the service finds by the variable that the schedule took along.
        const authority = { NODE_EXTRA_CA_CERTS: `${host.directory}/etc/authority.pem` };
        Deno.copyFileSync(rgw.ca, authority.NODE_EXTRA_CA_CERTS);
        const journal = await bootWith(host, fromClone, authority);
        for (const no of ["usr", "etc", "device", "owner", "namespace", "clock"]) {
          assert.ok(journal.some((line) => line.endsWith(`no-${no}`)), `${no}: ${journal.join("\n")}`);
        }
        const unit = Deno.readTextFileSync(`${host.directory}/image/etc/systemd/system/nightdrop.service`);
        assert.match(unit, /--credentials \$\{CREDENTIALS_DIRECTORY\}\/credentials$/m);
        Deno.writeTextFileSync(`${host.directory}/etc/credentials`, file(trusted.credentials), {
          mode: 0o600,
        });
        assert.match((await host.task("verify", [], authority)).text, /good/);
      }, store);
    }),
);
