/**
 * Controls a real S3 server on loopback for tests: Ceph RGW. It starts in a second and leaves nothing behind.
 *
 *     deno run -A scripts/rgw.ts up
 *     deno run -A scripts/rgw.ts bucket host1-backups lock
 *     deno run -A scripts/rgw.ts put-only host1 host1-backups
 *     eval "$(deno run -A scripts/rgw.ts env host1)"
 */
import { join, resolve } from "node:path";
import {
  ADMIN,
  type BucketKind,
  keysOf,
  makeAdmin,
  makeBucket,
  makeUser,
  setPolicy,
} from "./rgw/accounts.ts";
import { daemons, down, radosgwAdmin, running, setGateway, up } from "./rgw/cluster.ts";
import { type Policy, putOnly, readOnly } from "./rgw/policy.ts";
import { run } from "./rgw/run.ts";
import { taskArguments } from "./task.ts";

const USAGE = `rgw install                 install the packages with apt-get, as root
rgw up                      start an empty server
rgw down                    stop the server and remove its data
rgw status                  print whether it is up (exit code 0 or 1)
rgw bucket NAME [KIND]      create a bucket: plain, versioned or lock
rgw user NAME               create a user without permissions
rgw policy NAME FILE        set the AWS IAM policy of a user
rgw put-only NAME BUCKET    create a user that can put objects into a bucket
rgw read-only NAME BUCKET   create a user that can list and get them
rgw env [NAME]              print the keys of a user, or of the admin, as shell exports
rgw day SECONDS             set the length of a day for lifecycle rules; 0 for a real day
rgw admin ARGUMENT...       run radosgw-admin

RGW_DIR    directory of the server. Default: rgw in TMPDIR
RGW_PORT   port on 127.0.0.1. Default: 7480. The next two ports are for TLS and for Ceph itself
`;

const PACKAGES = "radosgw ceph-mon ceph-osd openssl";

const [name = "", ...args] = taskArguments();

const directory = resolve(Deno.env.get("RGW_DIR") ?? join(Deno.env.get("TMPDIR") ?? "/tmp", "rgw"));
const port = Number(Deno.env.get("RGW_PORT") ?? 7480);

const COMMANDS: Readonly<Record<string, (...args: string[]) => unknown>> = {
  install: () =>
    run("sh", ["-c", `apt-get update && apt-get install -y --no-install-recommends ${PACKAGES}`]),
  up: async () => {
    const cluster = await up(directory, { http: port, https: port + 1, monitor: port + 2 });
    await makeAdmin(cluster);
    say(`up at ${cluster.endpoint} and ${cluster.tlsEndpoint}`);
  },
  down: () => down(directory),
  status: () => {
    const found = [...daemons(directory)];
    for (const [name, pid] of found) say(`${name} runs as process ${pid}`);
    if (found.length < 3) fail("down");
    say(`up at ${running(directory).endpoint}`);
  },
  bucket: (name, kind) => makeBucket(running(directory), given(name), kind as BucketKind | undefined),
  user: (name) => makeUser(running(directory), given(name)),
  policy: (name, file) =>
    setPolicy(running(directory), given(name), JSON.parse(Deno.readTextFileSync(given(file)))),
  "put-only": (name, bucket) => userWith(given(name), putOnly(given(bucket))),
  "read-only": (name, bucket) => userWith(given(name), readOnly(given(bucket))),
  env: async (name) => {
    const cluster = running(directory);
    const keys = name === undefined ? ADMIN : await keysOf(cluster, name);
    say(`export AWS_ACCESS_KEY_ID=${keys.accessKeyId} AWS_SECRET_ACCESS_KEY=${keys.secretAccessKey}`);
    say(`export AWS_REGION=us-east-1 AWS_ENDPOINT_URL=${cluster.endpoint}`);
  },
  day: (seconds) =>
    setGateway(running(directory), "rgw_lc_debug_interval", given(seconds) === "0" ? "-1" : seconds!),
  admin: async (...args) => say((await radosgwAdmin(running(directory), args)).trimEnd()),
};

async function userWith(name: string, policy: Policy): Promise<void> {
  await makeUser(running(directory), name);
  await setPolicy(running(directory), name, policy);
}

function given(argument: string | undefined): string {
  return argument ?? fail(`an argument is missing\n${USAGE}`);
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

function fail(message: string): never {
  Deno.stderr.writeSync(new TextEncoder().encode(`rgw: ${message}\n`));
  Deno.exit(1);
}

if (import.meta.main) {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name]! : () => fail(`which command?\n${USAGE}`);
  await Promise.resolve(command(...args)).catch((error) => fail(`${error.name}: ${error.message}`));
}
