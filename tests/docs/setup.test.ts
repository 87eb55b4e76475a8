/** The commands of `docs/SETUP.md`, run as they are printed: Amazon's against its contract, Ceph's against Ceph. */
import assert from "node:assert/strict";
import type { Keys } from "../../scripts/rgw/keys.ts";
import { ADMIN } from "../../scripts/rgw/accounts.ts";
import { withAmazon } from "../support/amazon.ts";
import { has, run } from "../support/foreign.ts";
import { rgwTest } from "../support/rgw.ts";
import { withInstalled } from "./clone.ts";

/** The lines of shell below each heading. */
const sections = new Map(
  Deno.readTextFileSync(new URL("../../docs/SETUP.md", import.meta.url)).split(/^## /m).map((section) => {
    const blocks = [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1]!.trim());
    return [section.slice(0, section.indexOf("\n")), blocks.join("\n").split("\n").filter(Boolean)];
  }),
);

/** Runs each line of a section, in order; gives what each printed. */
async function runSection(
  name: string,
  clone: string,
  env: Record<string, string>,
  change: (line: string) => string = (line) => line,
): Promise<string[]> {
  const lines = sections.get(name) ?? [];
  assert.ok(lines.length > 0, `there are commands below "${name}"`);
  const printed: string[] = [];
  for (const line of lines) {
    const { code, stderr, text } = await run("sh", ["-c", change(line)], { cwd: clone, env });
    assert.equal(code, 0, `${line}: exit ${code}\n${stderr}\n${text}`);
    printed.push(text);
  }
  return printed;
}

/** The config that `init` wrote, with another store and something small to back up. */
function setStore(home: string, store: string): void {
  const file = `${home}/.config/nightdrop/backup.config.ts`;
  const text = Deno.readTextFileSync(file)
    .replace(/^ {2}store: .*$/m, `  store: ${store}, state: "state",`)
    .replace(/paths: \[.*\]/, 'paths: ["/etc/hosts"]');
  Deno.writeTextFileSync(file, text);
}

/** Runs the commands that a line prints for the administrator, too. */
function pasting(clone: string): (line: string) => string {
  const [printed, commands] = [`${clone}/printed`, `${clone}/commands.sh`];
  return (line) =>
    `set -e; ${line} > ${printed}; cat ${printed}; sed -n '/^(set -e/,/^rm -r/p' ${printed} > ${commands}; sh ${commands}`;
}

function owner({ accessKeyId, secretAccessKey }: Keys): Record<string, string> {
  return { NIGHTDROP_OWNER_ACCESS_KEY_ID: accessKeyId, NIGHTDROP_OWNER_SECRET_ACCESS_KEY: secretAccessKey };
}

Deno.test("every command of docs/SETUP.md is run by one of these tests", () => {
  const run = [
    "Keys and config",
    "A vault at Amazon",
    "A vault at Ceph",
    "The user that reads the backups",
    "The host",
    "A directory as the store",
    "Every night",
    "Other ways to install",
  ];
  const others = [...sections].filter(([name, lines]) => !run.includes(name) && lines.length > 0);
  assert.deepEqual(others, []);
});

Deno.test("the commands of docs/SETUP.md for Amazon provision, emit, rotate and revoke", () =>
  withAmazon((amazon) =>
    withInstalled(async (clone, path, home) => {
      const env = { ...path, ...owner({ accessKeyId: "OWNER", secretAccessKey: "of-the-owner" }) };
      await runSection("Keys and config", clone, env);
      const bucket = 'kind: "s3", bucket: "{host}-backups", region: "eu-central-1"';
      const atContract = `{ ${bucket}, endpoint: "${amazon.endpoint}" }`;
      const printed = await runSection("A vault at Amazon", clone, env, (line) => {
        // Terraform's is for Amazon's own address alone, and asks nobody.
        setStore(home, line.endsWith("terraform") ? `{ ${bucket} }` : atContract);
        const kit = `${home}/.config/nightdrop/kits/web1.example.org`;
        return line.includes(" --all --apply") ? `rm ${kit}/crontab && ${line}` : line;
      });
      assert.match(printed[0]!, /^missing +bucket: /m);
      assert.match(printed[0]!, /^cost .* US dollars a month: /m);
      assert.match(printed[1]!, /^made +user: nightdrop-web1/m);
      assert.match(printed[2]!, /^web1\.example\.org: .*; kit: wrote crontab$/m);
      assert.equal(JSON.parse(printed[3]!).bucket, "web1.example.org-backups");
      assert.ok(JSON.parse(printed[4]!).resource.aws_s3_bucket);
      assert.match(printed[5]!, /^made +key: AKIA/m);
      assert.match(printed[6]!, /^removed +key: AKIA/m);
      assert.match(printed[7]!, /^removed +key: all access is denied/m);
      assert.doesNotMatch(printed.join(""), /secret\/of/, "no secret is shown");
      assert.deepEqual(amazon.users.get("nightdrop-web1.example.org")!.keys, []);
      // The contract has no objects that could be read.
      const reading = await runSection("The user that reads the backups", clone, env, (line) => {
        return line.startsWith("nightdrop audit") ? "true" : line;
      });
      assert.match(reading[1]!, /^made +key: AKIA\S+, written to \S+\/nightdrop\/reader\.credentials$/m);
      assert.match(reading[5]!, /^removed +key: all access is denied to nightdrop-reader$/m);
    })
  ));

Deno.test("the commands of docs/SETUP.md for a directory start a new store", () =>
  withInstalled(async (clone, path, home) => {
    await runSection("Keys and config", clone, path);
    const store = `${clone}/store`;
    setStore(home, `{ kind: "directory", path: "${store}" }`);
    const config = `${home}/.config/nightdrop/backup.config.ts`;
    const here = (line: string): string =>
      line.replaceAll("/mnt/backups", store).replaceAll("/etc/nightdrop/backup.config.ts", config);
    const printed = await runSection("A directory as the store", clone, path, here);
    assert.match(printed[0]!, /^Stored: web1\.example\.org\//);
    assert.match(Deno.readTextFileSync(`${store}/.nightdrop-store`), /^nightdrop-store\/1 /);
  }));

rgwTest("the commands for Ceph provision, audit and back up", async (rgw) => {
  assert.ok(has("jq"), "jq is missing: apt-get install jq");
  const admin =
    `exec /usr/bin/radosgw-admin -c ${rgw.directory}/ceph.conf -n client.admin --admin-socket= --log-file= "$@"`;
  await withInstalled(async (clone, path, home) => {
    const env = { ...path, ...owner(ADMIN) };
    await runSection("Keys and config", clone, env);
    const bucket = 'kind: "s3", bucket: "{host}-operating", region: "us-east-1"';
    setStore(home, `{ ${bucket}, endpoint: "${rgw.endpoint}" }`);
    const printed = await runSection("A vault at Ceph", clone, env);
    const provisioned = printed.find((text) => text.includes("kit: wrote"))!;
    assert.match(provisioned, /^made +user policy: /m);
    assert.match(provisioned, /^no support +create-only puts: /m);
    for (const text of printed.slice(-2)) {
      assert.match(text, /^good +key: .*it cannot read what the host has stored$/m);
      assert.match(text, /^radosgw-admin metadata put user:nightdrop-web1\.example\.org </m);
    }
    const kit = `${home}/.config/nightdrop/kits/web1.example.org`;
    const onHost = await runSection(
      "The host",
      clone,
      path,
      (line) => line.replaceAll("/etc/nightdrop", kit),
    );
    assert.match(onHost[2]!, /^Stored: web1\.example\.org\//);
    const reading = await runSection("The user that reads the backups", clone, env, pasting(clone));
    assert.match(reading[1]!, /^good +key: .*it can list the buckets; it cannot put objects$/m);
    assert.match(
      reading[2]!,
      /^nightdrop-reader: good: it can list and read and nothing else .*; the settings match/m,
    );
    assert.match(reading[4]!, /^ND[0-9a-f]{18}$/m);
    assert.match(reading[5]!, /^removed +key: all access is denied to nightdrop-reader$/m);
    const onImage = (line: string): string =>
      `${line.replaceAll("/etc/nightdrop", kit)} --root ${clone}/image`;
    const scheduled = await runSection("Every night", clone, path, onImage);
    assert.match(
      scheduled[0]!,
      /^Wrote \S+\/etc\/(cron\.d\/nightdrop|systemd\/system\/nightdrop\.service)$/m,
    );
  }, { "radosgw-admin": admin });
});

Deno.test("the build commands of docs/SETUP.md create the files that it describes", () =>
  withInstalled(async (clone, env) => {
    await runSection("Keys and config", clone, env);
    for (const line of sections.get("Other ways to install")!) {
      // The runtime that executables are compiled from is not to be had everywhere; a program stands in for it. Another one
      // stands in for Deno, which takes long to compress. What is built here is not run.
      const { code, stderr } = await run("sh", [
        "-c",
        line.replace("standalone", "standalone --quick --deno /bin/true"),
      ], {
        cwd: clone,
        env: { ...env, DENORT_BIN: "/bin/true" },
      });
      assert.equal(code, 0, `${line}: ${stderr}`);
    }
    const made = [...Deno.readDirSync(`${clone}/dist`)].map(({ name }) => name).sort();
    const compiled = `nightdrop-web1.example.org-${Deno.build.arch}`;
    assert.deepEqual(made, ["nightdrop", "nightdrop-web1", compiled, "nightdrop.js"].sort());
  }));
