/** The commands of the README, run in a copy of the checkout. */
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { loadConfig } from "../../lib/config/load.ts";
import { run } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { blocks } from "./blocks.ts";
import { withClone } from "./clone.ts";

const root = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");
const commands = blocks("README.md", "sh").flatMap((block) => block.trim().split("\n"));

Deno.test("the README names the commands that .ci/run calls", () => {
  assert.ok(commands.includes("npx --yes deno@2.9.6 task quickstart"));
  assert.ok(commands.includes("npx --yes deno@2.9.6 task test"));
  const gate = Deno.readTextFileSync(`${root}/.ci/run`);
  assert.match(gate, /^deno task --quiet ok$[^]*^npx --yes deno@2\.9\.6 task test /m);
});

Deno.test("the first command of the README backs up, verifies, restores, compares and prints the next steps", () =>
  withClone(async (clone, env) => {
    const source = `${clone}/lib`;
    const ran = await run("sh", ["-c", `npx --yes deno@2.9.6 task quickstart ${source}`], {
      cwd: clone,
      env,
    });
    assert.equal(ran.code, 0, ran.stderr);
    for (const word of ["Backed up", "Verified", "the same as the source", "private key is", "Next"]) {
      assert.ok(ran.text.includes(word), word);
    }
    assert.equal(Deno.statSync(`${clone}/quickstart/keys/backups.private.asc`).mode! & 0o777, 0o600);
    assert.equal((await run("diff", ["-r", source, `${clone}/quickstart/restored${source}`])).code, 0);
    const again = await run("sh", ["-c", "npx --yes deno@2.9.6 task quickstart"], { cwd: clone, env });
    assert.deepEqual(
      [again.code, /exists/.test(again.stderr)],
      [2, true],
      "a second drill does not touch the first",
    );
  }));

Deno.test("the commands of the README lead from keys to a restored file", () =>
  withClone(async (clone, env) => {
    const rest = commands.filter((line) => line.startsWith("deno task") && !BUILD.test(line));
    assert.ok(rest.length >= 6);
    for (const line of rest) {
      // Every host of a config is verified, so the second one backs up too.
      const db1 = "--host db1.example.org";
      const others = line.endsWith("verify")
        ? `deno task permissions ${db1} --write && deno task backup ${db1}; `
        : "";
      const command = others + line;
      const { code, stderr, text } = await run("sh", ["-c", command], { cwd: clone, env });
      assert.ok(
        code === 0 || (code === 3 && line.includes(" backup ")),
        `${line}: exit ${code}\n${stderr}\n${text}`,
      );
      if (line.includes(" init ")) useDirectoryStore(clone, stderr);
    }
    assert.equal(Deno.readTextFileSync(`${clone}/restored/etc/hosts`), Deno.readTextFileSync("/etc/hosts"));
  }));

/** Does what init says (its recipients line), and puts a directory where the README has a bucket. */
function useDirectoryStore(clone: string, reported: string): void {
  const recipients = /recipients: \[.*\],/.exec(reported)?.[0];
  assert.ok(recipients, reported);
  Deno.writeTextFileSync(
    `${clone}/backup.config.ts`,
    `import { defineConfig } from "./mod.ts";
    export default defineConfig({
      ${recipients}
      store: { kind: "directory", path: "store" }, state: "state", retention: { days: 30 },
      hosts: { "web1.example.org": { paths: ["/etc/hosts", "/etc/passwd"] }, "db1.example.org": { paths: ["/etc"] } },
    });`,
  );
}

const BUILD = /^deno task (bundle|standalone|compile)\b/;

Deno.test("the build commands of the README create the files that it describes", () =>
  withClone(async (clone, env) => {
    for (const line of commands.filter((line) => BUILD.test(line))) {
      // The runtime that executables are compiled from is not to be had everywhere; a program stands in for it.
      const { code, stderr } = await run("sh", ["-c", line.replace("standalone", "standalone --quick")], {
        cwd: clone,
        env: { ...env, DENORT_BIN: "/bin/true" },
      });
      assert.equal(code, 0, `${line}: ${stderr}`);
    }
    const made = [...Deno.readDirSync(`${clone}/dist`)].map(({ name }) => name).sort();
    const compiled = `nightdrop-web1.example.org-${Deno.build.arch}`;
    assert.deepEqual(made, ["nightdrop", "nightdrop-web1", compiled, "nightdrop.js"].sort());
  }));

Deno.test("the example configs of the README and the repository are valid", () =>
  withDirectory(async (directory) => {
    const [config] = blocks("README.md", "ts");
    Deno.writeTextFileSync(
      `${directory}/readme.config.ts`,
      config!.replace("./mod.ts", pathToFileURL(`${root}/mod.ts`).href),
    );
    for (const file of [`${directory}/readme.config.ts`, `${root}/backup.config.ts`]) {
      const hosts = await loadConfig(file, { stateDirectory: "/var/lib/nightdrop" });
      assert.deepEqual([...hosts.keys()].sort(), ["db1.example.org", "web1.example.org"], file);
    }
  }));
