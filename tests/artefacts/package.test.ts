/** The package as npm packs it, in an empty project without network. */
import assert from "node:assert/strict";
import { builtPackage, unpackPackage } from "./packed.ts";
import { ownDirectories } from "../support/own_directories.ts";
import { foreignTest, run } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";

const DECLARED = "const config = { recipients: [], hosts: {}, store: undefined } satisfies Config;";

foreignTest(
  ["npm"],
  "the packed package is a typed library and a command in an empty project",
  (t) =>
    withDirectory(async (at) => {
      const installed = `${at}/project/node_modules/nightdrop`;
      await unpackPackage(await builtPackage(), installed);
      const project = `${at}/project`;
      const env = ownDirectories(at);
      const write = (name: string, text: string): void => Deno.writeTextFileSync(`${project}/${name}`, text);
      write("package.json", '{ "dependencies": { "nightdrop": "*" } }');
      const deno = (...args: string[]): ReturnType<typeof run> =>
        run(Deno.execPath(), args, { cwd: project, env });
      const nightdrop = (...args: string[]): ReturnType<typeof run> =>
        run(`${installed}/nightdrop`, args, { cwd: project, env });

      await t.step("its types are complete", async () => {
        write(
          "main.ts",
          `import { type Config, defineConfig, list, openReader } from "nightdrop";
${DECLARED}
console.log([defineConfig, list, openReader].map((it) => typeof it).join(), Object.keys(config).length);
`,
        );
        const checked = await deno("check", "--all", "main.ts");
        assert.equal(checked.code, 0, checked.stderr);
        const { text, stderr } = await deno("run", "main.ts");
        assert.equal(text, "function,function,function 3\n", stderr);
        write(
          "wrong.ts",
          `import type { Config } from "nightdrop";\n${DECLARED.replace("store", "stoer")}\nconfig;\n`,
        );
        assert.match((await deno("check", "wrong.ts")).stderr, /'stoer' does not exist in type 'Config'/);
      });

      await t.step("its command backs up with the permissions of each step, and names itself", async () => {
        Deno.mkdirSync(`${project}/source`);
        Deno.writeTextFileSync(`${project}/source/file`, "content");
        const made = await nightdrop("quickstart", "source");
        assert.equal(made.code, 0, made.stderr);
        assert.ok(
          made.text.includes(`  ${installed}/nightdrop list --config ${project}/quickstart/`),
          made.text,
        );
        const config = ["--config", "quickstart/backup.config.ts"];
        for (const words of [["backup"], ["list"], ["verify"]]) {
          const { code, stderr } = await nightdrop(...words, ...config);
          assert.equal(code, 0, `${words}: ${stderr}`);
        }
        assert.match((await nightdrop("lst")).stderr, /Did you mean list\?/);
      });

      await t.step("init writes a config that a type check holds to the package", async () => {
        assert.equal((await nightdrop("init", ".")).code, 0);
        const text = Deno.readTextFileSync(`${project}/backup.config.ts`);
        assert.match(text, /^import type \{ Config \} from "nightdrop";/);
        assert.equal((await deno("check", "backup.config.ts")).code, 0);
        write("backup.config.ts", text.replace("retention:", "retentoin:"));
        assert.match(
          (await deno("check", "backup.config.ts")).stderr,
          /'retentoin' does not exist in type 'Config'/,
        );
      });

      for (
        const launcher of [`${installed}/launcher.js`, new URL("../../launcher.ts", import.meta.url).pathname]
      ) {
        await t.step(`deno install --global makes a command of ${launcher.slice(-11)}`, async () => {
          const root = `${at}/global-${launcher.slice(-2)}`;
          const how = ["--quiet", "--root", root, "--name", "nightdrop", "--allow-run=sh", "--allow-read"];
          const { code, stderr } = await deno("install", "--global", ...how, launcher);
          assert.equal(code, 0, stderr);
          const listed = await run(`${root}/bin/nightdrop`, [
            "list",
            "--config",
            "quickstart/backup.config.ts",
          ], {
            cwd: project,
            env,
          });
          assert.deepEqual([listed.code, listed.text.trim().split("\n").length], [0, 2], listed.stderr);
          const wrong = await run(`${root}/bin/nightdrop`, ["list", "--config", "none"], { cwd: project });
          assert.match(wrong.stderr, /^hint: Run `nightdrop init`/m);
        });
      }
    }),
);

Deno.test("deno publish accepts the sources, and includes no test", async () => {
  const cwd = new URL("../../", import.meta.url).pathname;
  const how = ["publish", "--dry-run", "--allow-dirty"];
  const { code, text, stderr } = await run(Deno.execPath(), how, { cwd, env: { NO_COLOR: "1" } });
  assert.equal(code, 0, stderr);
  const names = [...`${text}${stderr}`.matchAll(/^ +file:\/\/(\S+) \(/gm)].map(([, path]) =>
    path!.slice(cwd.length)
  );
  assert.ok(names.includes("mod.ts") && names.includes("lib/worker.ts"), stderr);
  const others = names.filter((name) => !/^(mod\.ts|deno\.json|LICENSE|lib\/.*)$/.test(name)).sort();
  assert.deepEqual(others, ["CHANGELOG.md", "README.md"]);
});
